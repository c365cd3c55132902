//! The classifier in the real VM: every image of the test set, and images that nobody would draw.

use classifier::{Error, Guess, INK, Image, PIXELS, Seen, scores};
use lockstep_abi::{Address, Amount, Gas, Halt};
use lockstep_sdk::{call::Encoded, error::StandardError};
use lockstep_testing::{Execution, Failure, User, World, build};
use proptest::{collection::vec, prelude::*};

/// What `train/train.py` says of an image: the integer model in another language.
struct Sample {
    written: u8,
    seen: u8,
    score: i32,
    image: Image,
}

/// The images that training never saw.
fn samples() -> Vec<Sample> {
    let lines = include_str!("digits.txt").lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| sample(line).unwrap_or_else(|| panic!("{line}"))).collect()
}

fn sample(line: &str) -> Option<Sample> {
    let mut words = line.split(' ');
    let (written, seen) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let score = words.next()?.parse().ok()?;
    let pixels: Option<Vec<u8>> =
        words.next()?.chars().map(|pixel| pixel.to_digit(17).map(|pixel| pixel as u8)).collect();
    Some(Sample { written, seen, score, image: pixels?.try_into().ok()? })
}

fn classifier() -> (World, Address, User) {
    let (mut world, [alice]) = World::with_users(["alice"]);
    world.set_execution::<classifier::Classifier>(&build!(), Execution::Compared);
    let classifier = world.deploy(&alice, &build!(), &()).unwrap();
    (world, classifier, alice)
}

fn classify(world: &World, classifier: Address, image: &Image) -> Guess {
    world.query(classifier, "classify", image).unwrap()
}

/// 359 is what `train/train.py` counted.
#[test]
fn it_gets_359_of_360_images_right_and_sees_each_as_the_training_does() {
    let (world, classifier, _) = classifier();
    let samples = samples();
    let mut right = 0;
    for (number, Sample { written, seen, score, image }) in samples.iter().enumerate() {
        let guess = classify(&world, classifier, image);
        assert_eq!((guess.digit, guess.scores[usize::from(*seen)]), (*seen, *score), "image {number}");
        assert_eq!(guess.scores.iter().max(), Some(score), "image {number}");
        right += u32::from(guess.digit == *written);
    }
    assert_eq!((right, samples.len()), (359, 360));
}

#[test]
fn what_is_submitted_is_counted_and_announced() {
    let (mut world, classifier, alice) = classifier();
    let samples = samples();
    let mut tally = [0; 10];
    for Sample { seen, image, .. } in &samples[..20] {
        let done = world.call(&alice, classifier, "submit", image).unwrap();
        assert_eq!(done.value::<Guess>(), classify(&world, classifier, image));
        assert_eq!(done.events::<Seen>(), [Seen { by: alice.address(), digit: *seen }]);
        tally[usize::from(*seen)] += 1;
    }
    assert_eq!(world.query::<[u64; 10]>(classifier, "tally", &()), Ok(tally));
}

/// Larger pixels would make sums that nobody has proven to fit.
#[test]
fn a_pixel_over_the_darkest_is_refused_and_not_counted() {
    let (mut world, classifier, alice) = classifier();
    for (index, pixel) in [(0, 17), (31, 128), (63, 255)] {
        let mut image = [INK; PIXELS];
        image[usize::from(index)] = pixel;
        for method in ["classify", "submit"] {
            let refused = world.call(&alice, classifier, method, &image).unwrap_err();
            assert_eq!(refused.error::<Error>(), Error::TooDark { index, pixel }, "{method}");
        }
    }
    assert_eq!(world.query::<[u64; 10]>(classifier, "tally", &()), Ok([0; 10]));
}

#[test]
fn an_image_of_another_size_and_value_along_with_it_are_refused() {
    let (mut world, classifier, alice) = classifier();
    // A list comes behind four bytes of its length: with 60 it would be an image.
    for length in [0, 59, 61, 64, 252, 253, 60_000] {
        let refused = world.call(&alice, classifier, "submit", &vec![0_u8; length]).unwrap_err();
        // Over 256 bytes are not even read.
        if refused != Failure::Halted(Halt::HostArgument) {
            assert_eq!(refused.error::<StandardError>(), StandardError::BadArguments, "{length}");
        }
    }
    let paid = world.call_with_value(&alice, classifier, "submit", &[0_u8; PIXELS], Amount(1));
    assert_eq!(paid.unwrap_err(), Failure::Halted(Halt::NotPayable));
}

/// Stripes, corners and ink everywhere make larger sums than any digit.
#[test]
fn images_that_nobody_would_draw_are_seen_alike_in_the_vm_and_outside() {
    let (world, classifier, _) = classifier();
    let mut images = vec![[0; PIXELS], [INK; PIXELS]];
    images.extend((0..PIXELS).map(|dot| core::array::from_fn(|at| if at == dot { INK } else { 0 })));
    images
        .extend((1..PIXELS).map(|period| core::array::from_fn(|at| if at % period == 0 { INK } else { 0 })));
    for image in images {
        assert_eq!(classify(&world, classifier, &image).scores, scores(&image), "{image:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn any_image_is_seen_alike_in_the_vm_and_outside(images in vec(any_image(), 50)) {
        let (world, classifier, _) = classifier();
        for image in images {
            prop_assert_eq!(classify(&world, classifier, &image).scores, scores(&image));
        }
    }
}

fn any_image() -> impl Strategy<Value = Image> {
    prop_oneof![vec(0..=INK, PIXELS), vec(prop::sample::select(vec![0, INK]), PIXELS)]
        .prop_map(|pixels| pixels.try_into().expect("as many as asked for"))
}

#[test]
fn it_stays_small_and_cheap() {
    let size = build!().len();
    assert!(size <= 5_800, "{size} bytes");
    let (mut world, classifier, alice) = classifier();
    let mut gas =
        |method, args: &[u8]| world.call(&alice, classifier, method, &Encoded(args)).unwrap().gas_used();
    // What a transaction costs in any case, and the model on top of it.
    let (idle, darkest) = (gas("tally", &[]), gas("classify", &[INK; PIXELS]));
    let model = Gas(darkest.0 - idle.0);
    assert!(model <= Gas::mega(40), "{model:?}");
    assert!(darkest <= Gas::mega(350), "{darkest:?}");
}
