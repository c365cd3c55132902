//! The mempool against a plain model: the same rules over a list, with nothing kept that can be computed.

use std::collections::BTreeMap;

use ed25519_dalek::SigningKey;
use lockstep_abi::{Action, Amount, Gas, List, TxBody};
use lockstep_runtime::check;
use proptest::prelude::*;

use super::*;
use crate::client::key::Key;

const CHAIN: &str = "lockstep-dev";
const GAS: Gas = Gas::mega(1_000);

fn key(sender: u8) -> Key {
    SigningKey::from_bytes(&[sender; 32]).into()
}

/// What a test says of a transaction; its cost is 1000 times the price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wish {
    sender: u8,
    nonce: u64,
    price: u64,
    expiry: u64,
}

fn tx(wish: Wish) -> Arc<CheckedTx> {
    let Wish { sender, nonce, price, expiry } = wish;
    let key = key(sender);
    let to = Address([9; 32]);
    let actions = List::try_from(vec![Action::Transfer { to, amount: Amount::ZERO }]).unwrap();
    let body = TxBody {
        chain_id: CHAIN.parse().unwrap(),
        signer: key.public(),
        nonce: Nonce(nonce),
        gas_limit: GAS,
        gas_price: GasPrice(price),
        expiry: Height(expiry),
        actions,
    };
    let bytes = key.sign(body).encode();
    Arc::new(check(&bytes, &CHAIN.parse().unwrap()).unwrap())
}

fn account(nonce: u64, balance: u128) -> Account {
    Account { balance: Amount(balance), nonce: Nonce(nonce) }
}

fn wish(sender: u8, nonce: u64, price: u64) -> Wish {
    Wish { sender, nonce, price, expiry: 100 }
}

fn pool(max_txs: usize) -> Mempool {
    Mempool::new(MempoolLimits { max_txs, ..MempoolLimits::default() })
}

const RICH: u128 = 1_000_000_000;

fn insert(pool: &mut Mempool, wish: Wish) -> Result<(), Refusal> {
    pool.insert(tx(wish), account(0, RICH), Height(1))
}

fn selected(pool: &Mempool) -> Vec<(Address, u64)> {
    let room = Room::of_block(Gas(u64::MAX));
    pool.select(room, |_| true).iter().map(|tx| (tx.sender(), tx.body().nonce.0)).collect()
}

#[test]
fn a_transaction_after_a_gap_waits_until_the_gap_is_filled() {
    let mut pool = pool(10);
    insert(&mut pool, wish(1, 1, 5)).unwrap();
    assert!(!pool.has_ready());
    insert(&mut pool, wish(1, 0, 5)).unwrap();
    let sender = key(1).address();
    assert_eq!(selected(&pool), [(sender, 0), (sender, 1)]);
    assert_eq!(pool.next_nonce(&sender), Some(Nonce(2)));
}

#[test]
fn a_replacement_must_pay_a_tenth_more() {
    let mut pool = pool(10);
    insert(&mut pool, wish(1, 0, 100)).unwrap();
    let (nonce, needed) = (Nonce(0), GasPrice(110));
    let found = GasPrice(109);
    let refusal = Refusal::ReplacementUnderpriced { nonce, found, needed };
    assert_eq!(insert(&mut pool, wish(1, 0, 109)), Err(refusal));
    insert(&mut pool, wish(1, 0, 110)).unwrap();
    assert_eq!(pool.len(), 1);
    let by = tx(wish(1, 0, 110)).id();
    assert_eq!(pool.dropped(&tx(wish(1, 0, 100)).id()), Some(&Dropped::Replaced { by }));
}

#[test]
fn one_that_waits_never_takes_the_place_of_a_ready_one() {
    let mut pool = pool(1);
    insert(&mut pool, wish(1, 0, 1)).unwrap();
    assert_eq!(insert(&mut pool, wish(2, 1, 1_000)), Err(Refusal::Full { found: GasPrice(1_000) }));
    // Ready and dearer: that is another matter.
    insert(&mut pool, wish(2, 0, 2)).unwrap();
    assert_eq!(pool.dropped(&tx(wish(1, 0, 1)).id()), Some(&Dropped::Evicted));
}

#[test]
fn room_is_made_from_the_end_of_a_senders_row() {
    let mut pool = pool(3);
    // The first is the cheapest, but without it the others could not be in a block.
    for (nonce, price) in [(0, 1), (1, 50), (2, 20)] {
        insert(&mut pool, wish(1, nonce, price)).unwrap();
    }
    insert(&mut pool, wish(2, 0, 30)).unwrap();
    assert_eq!(pool.dropped(&tx(wish(1, 2, 20)).id()), Some(&Dropped::Evicted));
    assert!(pool.contains(&tx(wish(1, 0, 1)).id()));
}

#[test]
fn bytes_are_bounded_too() {
    let size_bytes = tx(wish(1, 0, 1)).size_bytes();
    let limits = MempoolLimits { max_bytes: 2 * size_bytes + 1, ..MempoolLimits::default() };
    let mut pool = Mempool::new(limits);
    insert(&mut pool, wish(1, 0, 5)).unwrap();
    insert(&mut pool, wish(2, 0, 6)).unwrap();
    assert_eq!(insert(&mut pool, wish(3, 0, 5)), Err(Refusal::Full { found: GasPrice(5) }));
    insert(&mut pool, wish(3, 0, 6)).unwrap();
    assert_eq!((pool.len(), pool.size_bytes()), (2, 2 * size_bytes));
    assert!(!pool.contains(&tx(wish(1, 0, 5)).id()));
}

#[test]
fn all_of_a_senders_together_must_be_within_its_balance() {
    let mut pool = pool(10);
    // Each costs 1,000 gas prices of its price.
    let of = |nonce| tx(wish(1, nonce, 10));
    let account = account(0, 20_000);
    pool.insert(of(0), account, Height(1)).unwrap();
    pool.insert(of(1), account, Height(1)).unwrap();
    let (needed, have) = (Amount(30_000), Amount(20_000));
    assert_eq!(pool.insert(of(2), account, Height(1)), Err(Refusal::CannotPay { needed, have, pending: 2 }));
}

#[test]
fn a_block_settles_what_it_included_and_what_it_made_impossible() {
    let mut pool = pool(10);
    for nonce in 0..4 {
        insert(&mut pool, wish(1, nonce, 10)).unwrap();
    }
    insert(&mut pool, Wish { expiry: 5, ..wish(2, 0, 10) }).unwrap();
    let sender = key(1).address();
    // Nonce 0 is in the block, nonce 1 too but as another transaction, and the money is nearly gone.
    pool.settle([tx(wish(1, 0, 10)).id()], [(sender, account(2, 10_000))], Height(6));
    assert_eq!(selected(&pool), [(sender, 2)]);
    assert_eq!(pool.dropped(&tx(wish(1, 0, 10)).id()), None);
    assert_eq!(pool.dropped(&tx(wish(1, 1, 10)).id()), Some(&Dropped::NonceUsed));
    assert_eq!(pool.dropped(&tx(wish(1, 3, 10)).id()), Some(&Dropped::CannotPay));
    assert_eq!(pool.dropped(&tx(Wish { expiry: 5, ..wish(2, 0, 10) }).id()), Some(&Dropped::Expired));
}

#[test]
fn a_block_takes_the_dearest_first_and_passes_over_what_does_not_fit() {
    let mut pool = pool(10);
    for (sender, nonce, price) in [(1, 0, 5), (1, 1, 90), (2, 0, 7), (3, 0, 5)] {
        insert(&mut pool, wish(sender, nonce, price)).unwrap();
    }
    let of = |sender: u8, nonce: u64| (key(sender).address(), nonce);
    assert_eq!(selected(&pool), [of(2, 0), of(1, 0), of(1, 1), of(3, 0)]);
    let two = Room { gas: Gas(GAS.0 * 2 + 1), ..Room::of_block(Gas(0)) };
    assert_eq!(pool.select(two, |_| true).len(), 2);
}

/// The rules over a list.
struct Model {
    limits: MempoolLimits,
    accounts: BTreeMap<u8, Account>,
    /// In the order of arrival.
    txs: Vec<Wish>,
    next: Height,
}

impl Model {
    fn is_ready(&self, tx: &Wish) -> bool {
        let first = self.accounts[&tx.sender].nonce.0;
        (first..=tx.nonce).all(|nonce| self.find(tx.sender, nonce).is_some())
    }

    fn find(&self, sender: u8, nonce: u64) -> Option<usize> {
        self.txs.iter().position(|tx| (tx.sender, tx.nonce) == (sender, nonce))
    }

    fn cost(&self, sender: u8) -> u128 {
        let own = self.txs.iter().filter(|tx| tx.sender == sender);
        own.map(|tx| u128::from(tx.price) * 1_000).sum()
    }

    /// The cheapest, and among equals the youngest, of those that `may` go.
    fn cheapest(&self, may: impl Fn(&Wish) -> bool) -> Option<usize> {
        let candidates = self.txs.iter().enumerate().filter(|(_, tx)| may(tx));
        candidates.min_by_key(|(at, tx)| (tx.price, std::cmp::Reverse(*at))).map(|(at, _)| at)
    }

    /// Whether it got in.
    fn insert(&mut self, new: Wish) -> bool {
        let account = self.accounts[&new.sender];
        let replaced = self.find(new.sender, new.nonce).map(|at| self.txs[at]);
        let ahead = new.nonce.checked_sub(account.nonce.0);
        let others = self.cost(new.sender) - replaced.map_or(0, |tx| u128::from(tx.price) * 1_000);
        let refused = new.price < self.limits.min_gas_price.0
            || ahead.is_none_or(|ahead| ahead >= self.limits.max_per_sender as u64)
            || new.expiry < self.next.0
            || replaced.is_some_and(|tx| new.price * 10 < tx.price * 11 || new.price == tx.price)
            || others + u128::from(new.price) * 1_000 > account.balance.0;
        if refused {
            return false;
        }
        let before = self.txs.clone();
        let ready = (account.nonce.0..new.nonce).all(|nonce| self.find(new.sender, nonce).is_some());
        // What is replaced stays in its row until room is made: those after it do not wait meanwhile.
        while self.txs.len() - usize::from(replaced.is_some()) + 1 > self.limits.max_txs {
            let waiting = self.cheapest(|tx| {
                !self.is_ready(tx) && Some(*tx) != replaced && (ready || tx.price < new.price)
            });
            let tail = || {
                let is_tail = |tx: &Wish| self.find(tx.sender, tx.nonce + 1).is_none();
                let may = |tx: &Wish| self.is_ready(tx) && is_tail(tx) && tx.sender != new.sender;
                self.cheapest(may).filter(|at| ready && self.txs[*at].price < new.price)
            };
            match waiting.or_else(tail) {
                Some(at) => drop(self.txs.remove(at)),
                None => {
                    self.txs = before;
                    return false;
                }
            }
        }
        self.txs.retain(|tx| Some(*tx) != replaced);
        self.txs.push(new);
        true
    }

    fn settle(&mut self, sender: u8, account: Account, next: Height) {
        self.accounts.insert(sender, account);
        self.next = next;
        self.txs.retain(|tx| tx.sender != sender || tx.nonce >= account.nonce.0);
        while self.cost(sender) > account.balance.0 {
            let own = self.txs.iter().enumerate().filter(|(_, tx)| tx.sender == sender);
            let (at, _) = own.max_by_key(|(_, tx)| tx.nonce).unwrap();
            self.txs.remove(at);
        }
        self.txs.retain(|tx| tx.expiry >= next.0);
    }

    fn select(&self) -> Vec<(Address, u64)> {
        let mut left: Vec<Wish> = self.txs.iter().filter(|tx| self.is_ready(tx)).copied().collect();
        let mut selected = Vec::new();
        let is_first = |tx: &Wish, left: &[Wish]| {
            !left.iter().any(|other| other.sender == tx.sender && other.nonce < tx.nonce)
        };
        while !left.is_empty() {
            let firsts = left.iter().enumerate().filter(|(_, tx)| is_first(tx, &left));
            let (at, _) = firsts.max_by_key(|(at, tx)| (tx.price, std::cmp::Reverse(*at))).unwrap();
            let tx = left.remove(at);
            selected.push((key(tx.sender).address(), tx.nonce));
        }
        selected
    }
}

#[derive(Debug, Clone)]
enum Step {
    Insert(Wish),
    /// The first so many of a sender's next nonces are used up, and its balance is now so much.
    Settle {
        sender: u8,
        used: u64,
        balance: u128,
        blocks: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let insert = (0..4u8, 0..7u64, 0..30u64, 3..40u64)
        .prop_map(|(sender, nonce, price, expiry)| Step::Insert(Wish { sender, nonce, price, expiry }));
    let settle = (0..4u8, 0..3u64, 0..200_000u128, 0..2u64)
        .prop_map(|(sender, used, balance, blocks)| Step::Settle { sender, used, balance, blocks });
    prop_oneof![8 => insert, 1 => settle]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_mempool_does_what_a_plain_list_with_the_same_rules_does(
        steps in prop::collection::vec(step(), 1..80),
        max_txs in 1..9usize,
    ) {
        let limits = MempoolLimits { max_txs, max_per_sender: 5, ..MempoolLimits::default() };
        let accounts = (0..4).map(|sender| (sender, account(0, 100_000))).collect();
        let mut model = Model { limits, accounts, txs: Vec::new(), next: Height(1) };
        let mut pool = Mempool::new(limits);
        for step in steps {
            match step {
                Step::Insert(wish) if model.txs.contains(&wish) => {
                    let account = model.accounts[&wish.sender];
                    prop_assert_eq!(pool.insert(tx(wish), account, model.next), Err(Refusal::AlreadyPending));
                }
                Step::Insert(wish) => {
                    let account = model.accounts[&wish.sender];
                    let inserted = pool.insert(tx(wish), account, model.next);
                    prop_assert_eq!(inserted.is_ok(), model.insert(wish), "{:?}: {:?}", wish, inserted);
                }
                Step::Settle { sender, used, balance, blocks } => {
                    let nonce = model.accounts[&sender].nonce.0 + used;
                    let next = Height(model.next.0 + blocks);
                    let address = key(sender).address();
                    pool.settle([], [(address, account(nonce, balance))], next);
                    model.settle(sender, account(nonce, balance), next);
                }
            }
            check_against(&pool, &model)?;
        }
    }
}

/// The same transactions, the same order, and indexes that are what they would be if built anew.
fn check_against(pool: &Mempool, model: &Model) -> Result<(), TestCaseError> {
    let of = |tx: &Wish| (key(tx.sender).address(), tx.nonce);
    let mut expected: Vec<_> = model.txs.iter().map(of).collect();
    let mut found: Vec<_> = pool.by_id.values().map(|(sender, nonce)| (*sender, nonce.0)).collect();
    expected.sort();
    found.sort();
    prop_assert_eq!(&found, &expected);
    prop_assert_eq!(selected(pool), model.select());

    let mut waiting: Vec<_> = model.txs.iter().filter(|tx| !model.is_ready(tx)).map(of).collect();
    let mut kept: Vec<_> = pool.waiting.iter().map(|rank| (rank.sender, rank.nonce.0)).collect();
    waiting.sort();
    kept.sort();
    prop_assert_eq!(kept, waiting);
    let is_tail = |tx: &&Wish| model.is_ready(tx) && model.find(tx.sender, tx.nonce + 1).is_none();
    let mut tails: Vec<_> = model.txs.iter().filter(is_tail).map(of).collect();
    let mut kept: Vec<_> = pool.tails.iter().map(|rank| (rank.sender, rank.nonce.0)).collect();
    tails.sort();
    kept.sort();
    prop_assert_eq!(kept, tails);

    let bytes: usize = model.txs.iter().map(|wish| tx(*wish).size_bytes()).sum();
    prop_assert_eq!(pool.size_bytes(), bytes);
    prop_assert_eq!(pool.by_expiry.len(), pool.len());
    prop_assert!(pool.senders.values().all(|sender| !sender.is_empty() && sender.can_pay()));
    Ok(())
}
