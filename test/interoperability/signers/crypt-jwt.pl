use strict;
use warnings;
use Crypt::JWT qw(encode_jwt);

print encode_jwt(
    payload       => do { local $/; <STDIN> },
    key           => $ENV{BETTER_AUTH_SECRET},
    alg           => 'HS256',
    extra_headers => { typ => 'at+jwt' },
);
