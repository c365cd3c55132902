//! The store on disk: what outlasts a restart and a cut, what is refused, what can be read of earlier heights.

mod chain;
mod folder;
mod golden;
mod history;
mod load;
mod log;
mod page;
mod record;
mod removal;
mod restart;
mod snapshot;
