//! The subscription to heads, over WebSocket on the same port.

use jsonrpsee_ws_client::WsClientBuilder;
use lockstep_node::rpc::{ApiClient, At};

use crate::harness::{DEADLINE, Folder, transfer};

#[tokio::test]
async fn every_head_is_told_beginning_with_the_newest() {
    let folder = Folder::new();
    let node = folder.start();
    node.execute(&transfer("alice", 0, "bob", 1)).await;
    let url = node.url.replace("http://", "ws://");
    let client = WsClientBuilder::default().build(&url).await.unwrap();
    let mut heads = client.subscribe_heads().await.unwrap();
    // Many blocks before the first is read: those who are slow are told of all.
    let mut last = None;
    for nonce in 1..100 {
        last = Some(node.client.submit(&transfer("alice", nonce, "bob", 1).encode()).await.unwrap());
    }
    node.receipt(last.unwrap()).await;
    let newest = node.client.status().await.unwrap().height;
    let mut told = Vec::new();
    while told.last() != Some(&newest.0) {
        let head = tokio::time::timeout(DEADLINE, heads.next()).await.unwrap().unwrap().unwrap();
        let block = node.client.block(At::Height(head.height)).await.unwrap();
        assert_eq!((head.id, head.state_root), (block.id, block.state_root_after));
        told.push(head.height.0);
    }
    assert_eq!(told, (1..=newest.0).collect::<Vec<u64>>());
    // The other methods are there too.
    assert_eq!(client.status().await.unwrap().height, newest);
}
