// Hardhat's network helpers (version 1, as tests of contracts import them) on a dev chain: node hardhat.mjs HTTP_URL. Prints one
// line for each thing that worked; the first that does not ends it with an error.
import assert from 'node:assert/strict';
import Module, { createRequire } from 'node:module';

const [, , url] = process.argv;
let id = 0;
const provider = {
  async request({ method, params = [] }) {
    id += 1;
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
    });
    const { result, error } = await response.json();
    if (error) throw Object.assign(new Error(`${method}: ${error.message}`), error);
    return result;
  },
};

// All that the helpers take of Hardhat is its provider, and the class of their errors; Hardhat itself, with a chain of its own,
// is not needed for that.
const taken = { hardhat: { network: { name: 'localhost', provider } }, 'hardhat/common': { CustomError: Error } };
const load = Module._load;
Module._load = (request, ...rest) => taken[request] ?? load(request, ...rest);
const helpers = createRequire(import.meta.url)('@nomicfoundation/hardhat-network-helpers');

const worked = (what) => console.log(`hardhat-network-helpers: ${what}`);
const ask = (method, ...params) => provider.request({ method, params });
const latest = () => ask('eth_getBlockByNumber', 'latest', false);
const number = async () => Number(await ask('eth_blockNumber'));
const one = '0x1111111111111111111111111111111111111111';
const [rich, other] = await ask('eth_accounts');

// mine, mineUpTo
const start = await number();
await helpers.mine();
assert.equal(await number(), start + 1);
await helpers.mine(5, { interval: 60 });
assert.equal(await number(), start + 6);
const [fifth, sixth] = await Promise.all(
  [start + 5, start + 6].map((block) => ask('eth_getBlockByNumber', `0x${block.toString(16)}`, false)),
);
assert.equal(Number(sixth.timestamp) - Number(fifth.timestamp), 60);
await helpers.mineUpTo(start + 10);
assert.equal(await number(), start + 10);
await assert.rejects(helpers.mineUpTo(start));
worked('mine, mineUpTo');

// time
const now = await helpers.time.latest();
assert.equal(now, Number((await latest()).timestamp));
assert.equal(await helpers.time.latestBlock(), start + 10);
await helpers.time.increase(3_600);
assert.equal(await helpers.time.latest(), now + 3_600);
await helpers.time.increaseTo(now + 7_200);
assert.equal(await helpers.time.latest(), now + 7_200);
await helpers.time.setNextBlockTimestamp(now + 10_000);
await helpers.mine();
assert.equal(await helpers.time.latest(), now + 10_000);
await assert.rejects(helpers.time.increaseTo(now));
worked('time');

// accounts
await helpers.setBalance(one, 10n ** 18n);
assert.equal(BigInt(await ask('eth_getBalance', one, 'latest')), 10n ** 18n);
await helpers.setNonce(one, 7);
assert.equal(Number(await ask('eth_getTransactionCount', one, 'latest')), 7);
// Answers 42 to anything.
const code = '0x602a60005260206000f3';
const contract = '0x2222222222222222222222222222222222222222';
await helpers.setCode(contract, code);
assert.equal(await ask('eth_getCode', contract, 'latest'), code);
assert.equal(BigInt(await ask('eth_call', { to: contract }, 'latest')), 42n);
await helpers.setStorageAt(contract, 3, 0x1234);
assert.equal(BigInt(await helpers.getStorageAt(contract, 3)), 0x1234n);
worked('setBalance, setNonce, setCode, setStorageAt, getStorageAt');

await helpers.impersonateAccount(one);
const sent = await ask('eth_sendTransaction', { from: one, to: other, value: '0x1', gas: '0x30d40' });
assert.equal((await ask('eth_getTransactionReceipt', sent)).status, '0x1');
await helpers.stopImpersonatingAccount(one);
await assert.rejects(ask('eth_sendTransaction', { from: one, to: other, value: '0x1', gas: '0x30d40' }));
worked('impersonateAccount, stopImpersonatingAccount');

// blocks
await helpers.setCoinbase(one);
await helpers.setNextBlockBaseFeePerGas(300_000_000);
await helpers.setBlockGasLimit(50_000_000);
const randao = `0x${'5a'.repeat(32)}`;
const isArbitrum = Number(await ask('eth_chainId')) === 412_346;
if (isArbitrum) {
  await assert.rejects(helpers.setPrevRandao(randao), /always 1 on Arbitrum/);
} else {
  await helpers.setPrevRandao(randao);
}
await helpers.mine();
const set = await latest();
assert.equal(set.miner.toLowerCase(), one);
assert.equal(BigInt(set.baseFeePerGas), 300_000_000n);
assert.equal(BigInt(set.gasLimit), 50_000_000n);
if (!isArbitrum) assert.equal(set.mixHash, randao);
worked('setCoinbase, setNextBlockBaseFeePerGas, setBlockGasLimit, setPrevRandao');

// dropTransaction
await ask('evm_setAutomine', false);
const waiting = await ask('eth_sendTransaction', { from: rich, to: other, value: '0x1', gas: '0x30d40' });
assert.equal((await ask('eth_getTransactionByHash', waiting)).blockHash, null);
assert.equal(await helpers.dropTransaction(waiting), true);
assert.equal(await ask('eth_getTransactionByHash', waiting), null);
await ask('evm_setAutomine', true);
worked('dropTransaction');

// takeSnapshot, loadFixture
const snapshot = await helpers.takeSnapshot();
const kept = await number();
await helpers.mine(3);
await snapshot.restore();
assert.equal(await number(), kept);
await helpers.mine();
await snapshot.restore();
assert.equal(await number(), kept);
let runs = 0;
const fixture = async () => {
  runs += 1;
  await helpers.setBalance(contract, 5n);
  return runs;
};
assert.equal(await helpers.loadFixture(fixture), 1);
await helpers.setBalance(contract, 6n);
assert.equal(await helpers.loadFixture(fixture), 1);
assert.equal(BigInt(await ask('eth_getBalance', contract, 'latest')), 5n);
worked('takeSnapshot, loadFixture');

// reset
await helpers.reset();
assert.equal(await number(), 0);
assert.equal(await ask('eth_getCode', contract, 'latest'), '0x');
worked('reset');
