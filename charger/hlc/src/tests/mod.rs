//! A car of `slac::ev` and an EVCC, a modem, a network and a coordinator that does all that cars want, in virtual time.

mod bench;
mod breaks;
mod modem;
mod random;
mod sessions;
