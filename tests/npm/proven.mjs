// A witness from the relayer, put into a transaction of one's own, with viem: node proven.mjs RELAYER_URL TARGET_RPC CONSUMER PAIR, where
// CONSUMER is tests/fixtures/contracts/Feeds.sol's ProvenConsumer on the target, and PAIR the exchange pair on the source. Prints the price.
import { createPublicClient, createWalletClient, defineChain, encodeFunctionData, http, parseAbi, parseEther } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

const [, , relayer, url, consumer, pair] = process.argv;

// What the consumer asks: its question is fixed in its code, only block and witness come from outside.
const data = encodeFunctionData({
  abi: parseAbi(['function quote(uint8 assetIn, uint256 amountIn) view returns (uint256)']),
  args: [0, parseEther('1')],
});
const answer = await fetch(new URL('/api/witness', relayer), {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ to: pair, data }),
});
if (!answer.ok) throw new Error(await answer.text());
const { sourceBlock, witness } = await answer.json();

const client = createPublicClient({ transport: http(url), pollingInterval: 50 });
const id = await client.getChainId();
const chain = defineChain({
  id, name: 'target', nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 }, rpcUrls: { default: { http: [url] } },
});
const account = privateKeyToAccount(process.env.PRIVATE_KEY);
const wallet = createWalletClient({ account, chain, transport: http(url) });
const abi = parseAbi(['function update(uint64 sourceBlock, bytes witness)', 'function price() view returns (uint256)']);
const hash = await wallet.writeContract({
  address: consumer, abi, functionName: 'update', args: [BigInt(sourceBlock), witness],
});
const receipt = await client.waitForTransactionReceipt({ hash });
if (receipt.status !== 'success') throw new Error(`${hash} failed`);
console.log(String(await client.readContract({ address: consumer, abi, functionName: 'price' })));
