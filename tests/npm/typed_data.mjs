// What ethers makes of the notary's messages (EIP-712): node typed_data.mjs JSON. Takes chainId, notary, sourceChainId,
// blockHash, epoch, signers, threshold and keys; prints the digests of header and rotation and each key's signatures.
import { TypedDataEncoder, Wallet } from 'ethers';

const { chainId, notary, sourceChainId, blockHash, epoch, signers, threshold, keys } = JSON.parse(process.argv[2]);
const domain = { name: 'SmartSync Notary', version: '1', chainId, verifyingContract: notary };
const header = {
  types: {
    Header: [
      { name: 'sourceChainId', type: 'uint256' },
      { name: 'blockHash', type: 'bytes32' },
      { name: 'epoch', type: 'uint64' },
    ],
  },
  value: { sourceChainId, blockHash, epoch },
};
const rotation = {
  types: {
    Rotation: [
      { name: 'signers', type: 'address[]' },
      { name: 'threshold', type: 'uint64' },
      { name: 'epoch', type: 'uint64' },
    ],
  },
  value: { signers, threshold, epoch },
};
const said = {};
for (const [name, { types, value }] of Object.entries({ header, rotation })) {
  const sign = (key) => new Wallet(key).signTypedData(domain, types, value);
  said[name] = {
    digest: TypedDataEncoder.hash(domain, types, value),
    signatures: await Promise.all(keys.map(sign)),
  };
}
console.log(JSON.stringify(said));
