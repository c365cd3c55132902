//! From a module's bytes to code that can run, with all checks and metering: nothing is written to disk.
//!
//! Each time with an engine that has compiled nothing. CosmWasm's compiler uses all processors, ours up to four. Ours
//! compiles the same code, see `foreign.rs`.

use crate::{
    code, cosmwasm, foreign,
    measure::{Figure, Stopwatch, Subject},
    ours::{self, VARIANTS, Variant},
    peer,
    table::{Line, Must},
};
use anyhow::{Result, ensure};

/// Measures the row.
pub(crate) fn measure(stopwatch: &mut Stopwatch) -> Result<Vec<Line>> {
    let theirs = code::cw20_base()?;
    let ours = foreign::adapt(&theirs)?;
    ensure!(theirs.len().abs_diff(ours.len()) < theirs.len() / 50, "the modules differ by 2 %");

    let folder = tempfile::tempdir()?;
    let vm = cosmwasm::vm(folder.path())?;
    let theirs_run = || vm.store_code(&theirs, true, false).expect("it compiles");
    let mut subjects = vec![Subject::new("CosmWasm", theirs_run)];
    for variant in VARIANTS {
        let compile = move |wasm| ours::compile(&(variant.config)(), wasm);
        subjects.push(Subject::with_set_up(format!("ours, {}", variant.name), || ours.clone(), compile));
    }
    let figures = stopwatch.compare("compile", subjects)?;
    let (their_time, our_times) = figures.split_first().expect("as many figures as subjects");
    let name = |name: &str, wasm: &[u8]| format!("{name}, {} kB", wasm.len() / 1_000);
    let theirs = name(&peer::cosmwasm(), &theirs);
    let line = |(variant, time): (&Variant, &Figure)| {
        Line::faster("compile cw20-base", (&name(variant.name, &ours), *time), (&theirs, *their_time))
    };
    let mut lines: Vec<_> = VARIANTS.iter().zip(our_times).map(line).collect();
    // The default's; the other is there for those who wait.
    lines[0].must = Some(Must::AtLeast(1.0));
    Ok(lines)
}
