// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// The works of `benches/workload` as an author would write them in Solidity: the same steps, the same answers.
///
/// Unchecked throughout: overflow checks are not what is compared. No assembly.
contract Workload {
    function fibonacci(uint64 n) public pure returns (uint64) {
        unchecked {
            return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
        }
    }

    function mix(uint64 n) external pure returns (uint64 state) {
        unchecked {
            state = 0x9E3779B97F4A7C15;
            for (uint64 round = 0; round < n; round++) {
                state *= 0xBF58476D1CE4E5B9;
                state = ((state << 23) | (state >> 41)) ^ round;
            }
        }
    }

    function sieve(uint64 n) external pure returns (uint64 primes) {
        unchecked {
            bytes memory composite = new bytes(n);
            for (uint256 candidate = 2; candidate < n; candidate++) {
                if (composite[candidate] != 0) continue;
                primes++;
                for (uint256 multiple = candidate * candidate; multiple < n; multiple += candidate) {
                    composite[multiple] = 0x01;
                }
            }
        }
    }

    function sha256(uint64 n) external pure returns (uint64) {
        unchecked {
            uint32[8] memory state = [
                0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                0x510e527f, 0x9b05688c, 0x1f83d9ab, uint32(0x5be0cd19)
            ];
            uint32[64] memory w;
            uint64 blocks = (n + 63) / 64;
            for (uint32 seed = 0; seed < blocks; seed++) {
                schedule(w, seed);
                compress(state, w);
            }
            return (uint64(state[0]) << 32) | state[1];
        }
    }

    function schedule(uint32[64] memory w, uint32 seed) private pure {
        unchecked {
            for (uint32 i = 0; i < 16; i++) {
                w[i] = seed + i;
            }
            for (uint256 i = 16; i < 64; i++) {
                uint32 a = w[i - 15];
                uint32 b = w[i - 2];
                uint32 s0 = rotateRight(a, 7) ^ rotateRight(a, 18) ^ (a >> 3);
                uint32 s1 = rotateRight(b, 17) ^ rotateRight(b, 19) ^ (b >> 10);
                w[i] = w[i - 16] + s0 + w[i - 7] + s1;
            }
        }
    }

    function compress(uint32[8] memory state, uint32[64] memory w) private pure {
        unchecked {
            uint32[8] memory v;
            for (uint256 i = 0; i < 8; i++) {
                v[i] = state[i];
            }
            for (uint32 i = 0; i < 64; i++) {
                uint32 s1 = rotateRight(v[4], 6) ^ rotateRight(v[4], 11) ^ rotateRight(v[4], 25);
                uint32 choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
                uint32 t1 = v[7] + s1 + choice + i * 0x9e3779b9 + w[i];
                uint32 s0 = rotateRight(v[0], 2) ^ rotateRight(v[0], 13) ^ rotateRight(v[0], 22);
                uint32 t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
                (v[7], v[6], v[5], v[4]) = (v[6], v[5], v[4], v[3] + t1);
                (v[3], v[2], v[1], v[0]) = (v[2], v[1], v[0], t1 + t2);
            }
            for (uint256 i = 0; i < 8; i++) {
                state[i] += v[i];
            }
        }
    }

    function rotateRight(uint32 word, uint8 by) private pure returns (uint32) {
        unchecked {
            return (word >> by) | (word << (32 - by));
        }
    }

    function sort(uint64 n) external pure returns (uint64) {
        unchecked {
            uint64[] memory values = new uint64[](n);
            uint64 seed = 1;
            for (uint256 i = 0; i < n; i++) {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                values[i] = seed;
            }
            for (uint256 root = n / 2; root > 0; root--) {
                sift(values, root - 1, n);
            }
            for (uint256 end = n; end > 1; end--) {
                (values[0], values[end - 1]) = (values[end - 1], values[0]);
                sift(values, 0, end - 1);
            }
            return n == 0 ? 0 : values[n / 2];
        }
    }

    function sift(uint64[] memory heap, uint256 root, uint256 length) private pure {
        unchecked {
            while (true) {
                uint256 child = 2 * root + 1;
                if (child >= length) return;
                if (child + 1 < length && heap[child] < heap[child + 1]) child++;
                if (heap[root] >= heap[child]) return;
                (heap[root], heap[child]) = (heap[child], heap[root]);
                root = child;
            }
        }
    }
}
