//! Tests of the EVCC.
