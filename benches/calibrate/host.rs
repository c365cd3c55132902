//! Host functions, each as long as its probes are; those of several lengths have their bytes told apart.

use lockstep_abi::host::HostFunction;
use lockstep_benches::{Spent, host::probes};

use crate::{Row, translate};

pub(crate) fn measure(report: &mut dyn FnMut(Row)) {
    for row in HostFunction::ALL {
        let mut shortest: Option<(u64, Spent)> = None;
        for one in probes(*row, translate) {
            let spent = one.guest(translate).operation();
            report(Row { price: row.name(), what: one.probe.name.clone(), spent });
            let (bytes, less) = *shortest.get_or_insert((one.bytes, spent));
            if one.bytes > bytes {
                let spent = spent.less(less).over((one.bytes - bytes) as f64);
                report(Row { price: row.name(), what: format!("a byte of {}", one.bytes), spent });
            }
        }
    }
}
