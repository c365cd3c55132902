//! Hashes and signatures, where a contract's own code would be a hundred times slower.

use ed25519_zebra::{Signature, VerificationKey};
use k256::ecdsa::{RecoveryId, Signature as EcdsaSignature, VerifyingKey};
use lockstep_abi::limits::run::MAX_CRYPTO_BYTES;
use sha2::{Digest, Sha256};
use sha3::Keccak256;

use super::access::HostCall;
use crate::outcome::Stop;

pub(super) fn blake3(call: &mut HostCall<'_>, ptr: u32, len: u32, out: u32) -> Result<(), Stop> {
    let bytes = call.read(ptr, len, MAX_CRYPTO_BYTES)?;
    call.write(out, ::blake3::hash(&bytes).as_bytes())
}

pub(super) fn sha256(call: &mut HostCall<'_>, ptr: u32, len: u32, out: u32) -> Result<(), Stop> {
    let bytes = call.read(ptr, len, MAX_CRYPTO_BYTES)?;
    call.write(out, &Sha256::digest(&bytes))
}

pub(super) fn keccak256(call: &mut HostCall<'_>, ptr: u32, len: u32, out: u32) -> Result<(), Stop> {
    let bytes = call.read(ptr, len, MAX_CRYPTO_BYTES)?;
    call.write(out, &Keccak256::digest(&bytes))
}

pub(super) fn ed25519_verify(
    call: &mut HostCall<'_>,
    public_key: u32,
    signature: u32,
    ptr: u32,
    len: u32,
) -> Result<u32, Stop> {
    let public_key: [u8; 32] = call.read_array(public_key)?;
    let signature: [u8; 64] = call.read_array(signature)?;
    let message = call.read(ptr, len, MAX_CRYPTO_BYTES)?;
    // ZIP-215, as for transactions: the one rule under which single and batch checks agree everywhere.
    let holds = VerificationKey::try_from(public_key)
        .is_ok_and(|key| key.verify(&Signature::from(signature), &message).is_ok());
    Ok(u32::from(holds))
}

pub(super) fn secp256k1_recover(
    call: &mut HostCall<'_>,
    hash: u32,
    signature: u32,
    recovery_id: u32,
    out: u32,
) -> Result<u32, Stop> {
    let hash: [u8; 32] = call.read_array(hash)?;
    let signature: [u8; 64] = call.read_array(signature)?;
    match recover(&hash, &signature, recovery_id) {
        Some(key) => {
            // The first byte of an uncompressed point says that it is one.
            let point = key.to_sec1_point(false);
            call.write(out, point.as_bytes().get(1..).unwrap_or_default())?;
            Ok(1)
        }
        None => Ok(0),
    }
}

/// The key that signed, as Ethereum's `ecrecover` finds it: a high `s` is as good as a low one.
fn recover(hash: &[u8; 32], signature: &[u8; 64], recovery_id: u32) -> Option<VerifyingKey> {
    let recovery_id = u8::try_from(recovery_id).ok().and_then(RecoveryId::from_byte)?;
    let signature = EcdsaSignature::from_slice(signature).ok()?;
    let low = signature.normalize_s();
    // The other `s` belongs to the point with the other y.
    let is_y_odd = recovery_id.is_y_odd() != (low != signature);
    let recovery_id = RecoveryId::new(is_y_odd, recovery_id.is_x_reduced());
    VerifyingKey::recover_from_prehash(hash, &low, recovery_id).ok()
}
