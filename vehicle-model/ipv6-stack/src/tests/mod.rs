//! Two hosts on a line in memory.

mod bench;
mod hostile;
mod line;
mod talk;
