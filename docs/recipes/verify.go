package main // go run verify.go <token>, after: go get github.com/golang-jwt/jwt/v5

import (
	"github.com/golang-jwt/jwt/v5"
	"log"
	"os"
)

func main() {
	origin, claims := os.Getenv("BETTER_AUTH_URL"), &jwt.RegisteredClaims{}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithIssuer(origin),
		jwt.WithAudience(origin+"/api"), jwt.WithExpirationRequired())
	token, err := parser.ParseWithClaims(os.Args[1], claims, func(*jwt.Token) (any, error) {
		return []byte(os.Getenv("BETTER_AUTH_SECRET")), nil
	})
	if err != nil || token.Header["typ"] != "at+jwt" || claims.Subject == "" {
		log.Fatal("refused: ", err)
	}
	os.Stdout.WriteString(claims.Subject + "\n")
}
