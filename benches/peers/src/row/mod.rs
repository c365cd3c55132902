//! The rows of the table, a file each: what is measured, and what it has to be.

pub(crate) mod cold;
pub(crate) mod compile;
pub(crate) mod compute;
pub(crate) mod transfer;
