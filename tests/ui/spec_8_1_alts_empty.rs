fn main() {
    csp::alts! {}
    csp::alts!(priority;);
}
