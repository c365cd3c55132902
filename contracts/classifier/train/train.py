"""Trains the classifier and writes what the contract is built and tested with.

Run by `make train-classifier`, in less than a minute on one core. It writes two files, which are kept beside the
contract, so that nobody needs Python to build or test it:

    src/weights.rs      the model, in integers
    tests/digits.txt    360 images that training never saw, each with what the integer model says of it

The data is the test part of the UCI set "Optical Recognition of Handwritten Digits" (E. Alpaydin, C. Kaynak), as
scikit-learn ships it: 1,797 images of 8 by 8 pixels from 0 to 16. Nothing is downloaded.

The model is a small convolutional network: 16 patterns of 3 by 3 pixels are looked for at each of 36 places; of
each 2 by 2 places the best match counts, if it is over nothing; ten weighted sums of that are the scores. It is
trained in floating point and then rounded, each layer's weights to -127..127. Between the layers nothing is rounded
or shifted: 32 bits are enough for all sums, which the contract proves when it is compiled (src/model.rs).

Two runs write the same bytes if the versions (requirements.txt) and the seed are the same, and if no weight lies so
close to the middle between two integers that the last bits of the training decide. These bits depend on the
processor and on the order in which a matrix product adds up; OpenBLAS's kernels for Haswell, SkylakeX, Zen and
Nehalem all led to the same files. What counts is the file that was checked in, not the run.
"""

import os

# Before numpy is loaded: with several threads, how the work is divided decides the last bits too.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import pathlib

import numpy as np
import sklearn
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold, train_test_split

SEED = 0
TEST_IMAGES = 360

SIDE, DIGITS, BLACKEST = 8, 10, 16
KERNEL, CHANNELS, POOL = 3, 16, 2
PLACES = SIDE - KERNEL + 1
POOLED = PLACES // POOL

# Chosen by cross-validation within the training images: what the test images say of the result is news to it.
EPOCHS, BATCH, LEARNING_RATE, WEIGHT_DECAY = 200, 64, 3e-3, 1e-3
MAX_SHIFT, MAX_TURN, MAX_STRETCH = 0.25, np.radians(5), 0.05

CONTRACT = pathlib.Path(__file__).resolve().parent.parent


def patches(images):
    """Each image's 36 patches of 9 pixels."""
    windows = np.lib.stride_tricks.sliding_window_view(images, (KERNEL, KERNEL), axis=(1, 2))
    return windows.reshape(len(images), PLACES * PLACES, KERNEL * KERNEL)


def by_pool(matches):
    """From [image, place, channel] to [image, pool, channel, place in the pool]."""
    split = matches.reshape(-1, POOLED, POOL, POOLED, POOL, CHANNELS).transpose(0, 1, 3, 5, 2, 4)
    return split.reshape(-1, POOLED * POOLED, CHANNELS, POOL * POOL)


def by_place(pools):
    """The way back."""
    split = pools.reshape(-1, POOLED, POOLED, CHANNELS, POOL, POOL).transpose(0, 1, 4, 2, 5, 3)
    return split.reshape(-1, PLACES * PLACES, CHANNELS)


def scores(model, images):
    """The model, in whatever numbers the weights are: in floating point as in integers."""
    pattern, pattern_bias, output, output_bias = model
    best = by_pool(patches(images) @ pattern).max(axis=-1)
    hidden = np.maximum(best + pattern_bias, 0)
    return hidden.reshape(len(images), -1) @ output + output_bias


def gradient(model, images, labels):
    """Of the mean cross-entropy."""
    pattern, pattern_bias, output, output_bias = model
    seen = patches(images)
    pools = by_pool(seen @ pattern)
    best = pools.argmax(axis=-1)[..., None]
    excited = np.take_along_axis(pools, best, -1)[..., 0] + pattern_bias
    hidden = np.maximum(excited, 0).reshape(len(images), -1)

    logits = hidden @ output + output_bias
    error = np.exp(logits - logits.max(axis=1, keepdims=True))
    error /= error.sum(axis=1, keepdims=True)
    error[np.arange(len(labels)), labels] -= 1
    error /= len(labels)

    back = (error @ output.T).reshape(excited.shape) * (excited > 0)
    to_pools = np.zeros_like(pools)
    np.put_along_axis(to_pools, best, back[..., None], -1)
    to_places = by_place(to_pools).reshape(-1, CHANNELS)
    return [
        seen.reshape(-1, KERNEL * KERNEL).T @ to_places,
        back.sum(axis=(0, 1)),
        hidden.T @ error,
        error.sum(axis=0),
    ]


def disturbed(images, random):
    """The images, each shifted, turned and stretched a little: a hand never writes the same twice."""
    each = (len(images), 1, 1)
    turn, stretch = random.uniform(-MAX_TURN, MAX_TURN, each), 1 + random.uniform(-MAX_STRETCH, MAX_STRETCH, each)
    down, right = random.uniform(-MAX_SHIFT, MAX_SHIFT, (2, *each))
    middle = (SIDE - 1) / 2
    y, x = np.mgrid[0:SIDE, 0:SIDE] - middle
    margin = 2
    padded = np.pad(images, ((0, 0), (margin, margin), (margin, margin)))
    last = SIDE + 2 * margin - 1
    from_y = np.clip((np.cos(turn) * y + np.sin(turn) * x) / stretch + middle + down + margin, 0, last - 1e-3)
    from_x = np.clip((np.cos(turn) * x - np.sin(turn) * y) / stretch + middle + right + margin, 0, last - 1e-3)
    top, left = from_y.astype(int), from_x.astype(int)
    y, x, image = from_y - top, from_x - left, np.arange(len(images))[:, None, None]
    upper = padded[image, top, left] * (1 - x) + padded[image, top, left + 1] * x
    lower = padded[image, top + 1, left] * (1 - x) + padded[image, top + 1, left + 1] * x
    return upper * (1 - y) + lower * y


def train(images, labels):
    """Adam with a rate that falls to nothing, from weights that the seed decides."""
    random = np.random.default_rng(SEED)
    inputs, hidden = KERNEL * KERNEL, POOLED * POOLED * CHANNELS
    model = [
        random.normal(0, np.sqrt(2 / inputs), (inputs, CHANNELS)),
        np.zeros(CHANNELS),
        random.normal(0, np.sqrt(2 / hidden), (hidden, DIGITS)),
        np.zeros(DIGITS),
    ]
    mean, square = [np.zeros_like(part) for part in model], [np.zeros_like(part) for part in model]
    step, steps = 0, EPOCHS * -(-len(images) // BATCH)
    for _ in range(EPOCHS):
        order, seen = random.permutation(len(images)), disturbed(images, random)
        for first in range(0, len(images), BATCH):
            batch = order[first : first + BATCH]
            step += 1
            rate = LEARNING_RATE * (1 + np.cos(np.pi * step / steps)) / 2
            for at, slope in enumerate(gradient(model, seen[batch], labels[batch])):
                if model[at].ndim > 1:
                    slope = slope + WEIGHT_DECAY * model[at]
                mean[at] = 0.9 * mean[at] + 0.1 * slope
                square[at] = 0.999 * square[at] + 0.001 * slope**2
                slope = mean[at] / (1 - 0.9**step) / (np.sqrt(square[at] / (1 - 0.999**step)) + 1e-8)
                model[at] = model[at] - rate * slope
    return model


def rounded(model):
    """The same model in integers, for pixels from 0 to 16. Its scores are those of `model` times a constant."""
    pattern, pattern_bias, output, output_bias = model
    inner, outer = 127 / np.abs(pattern).max(), 127 / np.abs(output).max()
    # A pixel of 16 was 1 in training, and a bias has the unit of the sum that it joins.
    hidden_unit = inner * BLACKEST
    parts = [pattern * inner, pattern_bias * hidden_unit, output * outer, output_bias * hidden_unit * outer]
    return [np.rint(part).astype(np.int64) for part in parts]


def correct(model, images, labels):
    """How many it gets right."""
    return int((scores(model, images).argmax(axis=1) == labels).sum())


def rust_array(name, doc, kind, values):
    """A constant: one line for each innermost row."""
    def of_type(shape):
        return f"[{of_type(shape[1:])}; {shape[0]}]" if shape else kind

    def lines(part, margin):
        if part.ndim == 1:
            return [margin + "[" + ", ".join(map(str, part)) + "]"]
        inside = [line for inner in part for line in comma_at_end(lines(inner, margin + "    "))]
        return [margin + "[", *inside, margin + "]"]

    def comma_at_end(lines):
        return [*lines[:-1], lines[-1] + ","]

    # A row that is all of the constant is a line of its own.
    rows = lines(values, "") if values.ndim > 1 else ["[", "    " + ", ".join(map(str, values)) + ",", "]"]
    body = "\n".join(rows)
    return f"/// {doc}\npub(crate) static {name}: {of_type(values.shape)} = {body};\n"


def write_weights(model, summary):
    """The model as the contract's source."""
    pattern, pattern_bias, output, output_bias = model
    arrays = [
        rust_array("PATTERN", "For each pattern its 3 by 3 pixels, row by row.", "i8", pattern.T),
        rust_array("PATTERN_BIAS", "What is added to a pattern's best match.", "i32", pattern_bias),
        # As the contract goes through it: by pool, then by pattern, then by digit.
        rust_array(
            "OUTPUT",
            "For each of 3 by 3 pools and each pattern, what it says for each digit.",
            "i8",
            output.reshape(POOLED * POOLED, CHANNELS, DIGITS),
        ),
        rust_array("OUTPUT_BIAS", "What is added to a digit's score.", "i32", output_bias),
    ]
    header = [
        "The weights of the model. Generated by `train/train.py`: do not edit.",
        "",
        f"Seed {SEED}, numpy {np.__version__}, scikit-learn {sklearn.__version__}.",
        *summary,
    ]
    text = "\n".join(f"//! {line}".rstrip() for line in header) + "\n\n" + "\n".join(arrays)
    (CONTRACT / "src/weights.rs").write_text(text)


def write_digits(model, images, labels):
    """The test images with what the integer model says of them."""
    lines = [
        "# Images that training never saw. Generated by train/train.py: do not edit.",
        "# The digit that was written, the one that the integer model sees, its score, and 64 pixels from 0 to g (16).",
    ]
    for image, label, score in zip(images, labels, scores(model, images)):
        pixels = "".join("0123456789abcdefg"[pixel] for pixel in image.ravel())
        lines.append(f"{label} {score.argmax()} {score.max()} {pixels}")
    (CONTRACT / "tests/digits.txt").write_text("\n".join(lines) + "\n")


def trained(images, labels):
    """The model in floating point and in integers, both for pixels from 0 to 16."""
    model = train(images / BLACKEST, labels)
    scaled = [model[0] / BLACKEST, *model[1:]]
    return scaled, rounded(model)


def cross_validated(images, labels):
    """How many of all images a model gets right that was trained on three quarters without them."""
    quarters = StratifiedKFold(4, shuffle=True, random_state=SEED).split(images, labels)
    return sum(correct(trained(images[most], labels[most])[1], images[rest], labels[rest]) for most, rest in quarters)


def main():
    pixels, labels = load_digits(return_X_y=True)
    pixels = pixels.reshape(-1, SIDE, SIDE).astype(np.int64)
    known, unknown, known_labels, unknown_labels = train_test_split(
        pixels, labels, test_size=TEST_IMAGES, random_state=SEED, stratify=labels
    )
    in_float, in_integers = trained(known, known_labels)
    # Who wrote what is not in the data, but its order goes by writer: the last images are of hands that few of the
    # others are of.
    first, last = slice(None, -TEST_IMAGES), slice(-TEST_IMAGES, None)
    of_others = trained(pixels[first], labels[first])[1]
    right, right_in_float, right_of_others, right_of_known = (
        correct(in_integers, unknown, unknown_labels),
        correct(in_float, unknown, unknown_labels),
        correct(of_others, pixels[last], labels[last]),
        cross_validated(known, known_labels),
    )
    summary = [
        f"Trained on {len(known)} images. Of {TEST_IMAGES} others it gets {right} right, {right_in_float} before rounding.",
        f"By cross-validation {right_of_known} of the {len(known)}: what to expect of the same writers.",
        f"Trained on the first {len(known)}, {right_of_others} of the last {TEST_IMAGES}: what to expect of strangers.",
    ]
    write_weights(in_integers, summary)
    write_digits(in_integers, unknown, unknown_labels)
    print("\n".join(summary))


if __name__ == "__main__":
    main()
