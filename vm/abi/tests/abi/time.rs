//! Times are reckoned in whole milliseconds, and none is ever a wrong one.

use lockstep_abi::Time;

#[test]
fn a_time_is_so_many_milliseconds_after_an_earlier_one_and_after_no_later_one() {
    let (start, end) = (Time(1_000), Time(1_000).plus_ms(500));
    assert_eq!((end, end.to_string().as_str()), (Time(1_500), "1500"));
    assert_eq!(end.ms_since(start), Some(500));
    assert_eq!(end.ms_since(end), Some(0));
    assert_eq!(start.ms_since(end), None);
    assert_eq!(Time::MAX.ms_since(Time::default()), Some(u64::MAX));
}

/// Wrapped around, a deadline would be long past.
#[test]
#[should_panic = "overflow"]
fn nothing_is_after_the_last_time() {
    let _ = Time::MAX.plus_ms(1);
}

#[test]
fn what_never_comes_is_the_last_time() {
    assert_eq!(Time(7).saturating_plus_ms(u64::MAX), Time::MAX);
    assert_eq!(Time(7).saturating_plus_ms(1), Time(8));
}
