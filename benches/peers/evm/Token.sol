// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// What EVM chains have for a token: OpenZeppelin's ERC-20 as it is. Its creator gets the supply.
contract Token is ERC20 {
    constructor() ERC20("Gold", "GLD") {
        _mint(msg.sender, type(uint64).max);
    }
}
