// Not a module, on purpose. The tsconfig of each side maps the other side's libraries to this
// file, so that importing one of them is a compile error (TS2306): see docs/decisions/0009-the-wall.md.
