//! The texts that people see read back, and what is not such a text is refused.

use lockstep_abi::{
    Address, AddressError, Amount, AmountError, ChainId, Hash, HashError, MethodName, TextError,
};
use proptest::prelude::*;

use crate::value;

proptest! {
    #[test]
    fn an_address_reads_back(address in value::address()) {
        prop_assert_eq!(address.to_string().parse(), Ok(address));
        prop_assert_eq!(address.to_string().to_uppercase().parse(), Ok(address));
    }

    #[test]
    fn a_hash_reads_back(hash in value::hash()) {
        prop_assert_eq!(hash.to_string().parse(), Ok(hash));
        prop_assert_eq!(format!("0x{hash}").parse(), Ok(hash));
    }

    #[test]
    fn an_amount_reads_back(amount in value::amount()) {
        prop_assert_eq!(amount.to_string().parse(), Ok(amount));
    }

    #[test]
    fn a_method_name_reads_back(name in value::method_name()) {
        prop_assert_eq!(name.to_string().parse(), Ok(name));
    }

    #[test]
    fn a_chain_id_reads_back(name in value::chain_id()) {
        prop_assert_eq!(name.to_string().parse(), Ok(name));
    }

    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in any::<String>()) {
        let _ = (text.parse::<Address>(), text.parse::<Hash>(), text.parse::<Amount>());
        let _ = (text.parse::<MethodName>(), text.parse::<ChainId>());
    }
}

#[test]
fn what_is_not_an_address_is_refused() {
    let refused = |text: &str| text.parse::<Address>().unwrap_err();
    assert_eq!(refused(""), AddressError::Checksum);
    assert_eq!(refused("ls1"), AddressError::Checksum);
    // BIP-350's own example: a good bech32m text, but not ours.
    assert_eq!(refused("abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx"), AddressError::Prefix);
    let mixed = Address::default().to_string().replacen('q', "Q", 1);
    assert_eq!(refused(&mixed), AddressError::Checksum);
}

/// 52 characters of 5 bits hold 256 bits and four more. A decoder that ignores those four reads sixteen
/// texts, each with a good checksum, as the same address.
#[test]
fn an_address_with_bits_left_over_is_refused() {
    use bech32::{Bech32m, ByteIterExt, Fe32, Fe32IterExt, Hrp};
    let hrp = Hrp::parse("ls").unwrap();
    let text = |last: u8| -> String {
        let mut symbols: Vec<Fe32> = [7; 32].iter().copied().bytes_to_fes().collect();
        let bits = symbols.pop().unwrap().to_u8() | last;
        symbols.push(Fe32::try_from(bits).unwrap());
        symbols.into_iter().with_checksum::<Bech32m>(&hrp).chars().collect()
    };
    assert_eq!(text(0).parse(), Ok(Address([7; 32])));
    for last in 1..16 {
        assert_eq!(text(last).parse::<Address>(), Err(AddressError::Padding), "{last}");
    }
}

#[test]
fn an_address_of_another_length_is_refused() {
    use bech32::{Bech32m, Hrp};
    for found in [20, 31, 33] {
        let text = bech32::encode::<Bech32m>(Hrp::parse("ls").unwrap(), &vec![1; found]).unwrap();
        assert_eq!(text.parse::<Address>(), Err(AddressError::Length { found }));
    }
}

#[test]
fn what_is_not_a_hash_is_refused() {
    let digits = "0".repeat(64);
    assert_eq!(digits.parse(), Ok(Hash([0; 32])));
    for text in ["", "0x", &digits[1..], &format!("{digits}0"), &format!("0x0x{}", &digits[2..])] {
        assert_eq!(text.parse::<Hash>(), Err(HashError), "{text}");
    }
    assert_eq!(digits.replacen('0', "g", 1).parse::<Hash>(), Err(HashError));
}

#[test]
fn what_is_not_the_one_text_of_an_amount_is_refused() {
    for text in ["", "+1", "-1", "01", "00", "1.0", "1e3", " 1", "1_000", "0x1", "one"] {
        assert_eq!(text.parse::<Amount>(), Err(AmountError::NotANumber), "{text}");
    }
    // 2^128 - 1 and 2^128.
    assert_eq!("340282366920938463463374607431768211455".parse(), Ok(Amount(u128::MAX)));
    assert_eq!("340282366920938463463374607431768211456".parse::<Amount>(), Err(AmountError::Overflow));
}

#[test]
fn what_is_not_a_name_is_refused_with_what_is_wrong() {
    assert_eq!("".parse::<MethodName>(), Err(TextError::Length { found: 0, limit: 64 }));
    assert_eq!("a".repeat(65).parse::<MethodName>(), Err(TextError::Length { found: 65, limit: 64 }));
    assert_eq!("get-it".parse::<MethodName>(), Err(TextError::Character { found: '-' }));
    assert_eq!("".parse::<ChainId>(), Err(TextError::Length { found: 0, limit: 32 }));
    assert_eq!("a".repeat(33).parse::<ChainId>(), Err(TextError::Length { found: 33, limit: 32 }));
    assert_eq!("Main".parse::<ChainId>(), Err(TextError::Character { found: 'M' }));
    // A control character is named, not printed.
    let refused = "a\u{1b}".parse::<ChainId>().unwrap_err();
    assert_eq!(refused.to_string(), "the character '\\u{1b}' is not allowed");
}
