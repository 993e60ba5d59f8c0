//! The funded accounts every dev chain starts with.

use alloy_consensus::{SignableTransaction, TxEnvelope, TypedTransaction};
use alloy_primitives::{Address, B256, Signature, b256};
use k256::ecdsa::{SigningKey, signature::hazmat::PrehashSigner};

/// Private keys of `m/44'/60'/0'/0/{0..9}` under the mnemonic
/// "test test test test test test test test test test test junk", which every dev tool uses. Never fund them elsewhere.
const KEYS: [B256; 10] = [
    b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"),
    b256!("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"),
    b256!("5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"),
    b256!("7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6"),
    b256!("47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a"),
    b256!("8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba"),
    b256!("92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e"),
    b256!("4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356"),
    b256!("dbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97"),
    b256!("2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6"),
];

/// Private key of Offchain Labs' devnode, whose scripts use it for everything. Never fund it elsewhere.
const DEVNODE_KEY: B256 = b256!("b6b15c8cb491557369f3c7d2c287b053eb229daa9c22138887752191c9520659");

/// A dev account: an address whose key everybody knows.
#[derive(Clone, Debug)]
pub struct DevAccount {
    /// Its address.
    pub address: Address,
    /// Its private key.
    pub private_key: B256,
    signer: SigningKey,
}

impl DevAccount {
    /// Signs a transaction.
    pub(crate) fn sign(
        &self,
        transaction: TypedTransaction,
    ) -> Result<TxEnvelope, k256::ecdsa::Error> {
        let signature = self.sign_hash(transaction.signature_hash())?;
        Ok(transaction.into_signed(signature).into())
    }

    /// Signs a hash.
    pub(crate) fn sign_hash(&self, hash: B256) -> Result<Signature, k256::ecdsa::Error> {
        let (signature, recovery): (k256::ecdsa::Signature, k256::ecdsa::RecoveryId) =
            self.signer.sign_prehash(hash.as_slice())?;
        Ok(Signature::from((signature, recovery)))
    }
}

/// The ten dev accounts, in order.
pub fn dev_accounts() -> Vec<DevAccount> {
    KEYS.iter().filter_map(account).collect()
}

/// The account of Offchain Labs' devnode: a Stylus chain funds it, and lets it become chain owner. The node does not sign for it.
pub fn devnode_account() -> Option<DevAccount> {
    account(&DEVNODE_KEY)
}

/// The account of a key; each of the constants is a valid scalar, as the tests below show.
fn account(key: &B256) -> Option<DevAccount> {
    let signer = SigningKey::from_slice(key.as_slice()).ok()?;
    let address = Address::from_public_key(signer.verifying_key());
    Some(DevAccount {
        address,
        private_key: *key,
        signer,
    })
}

#[cfg(test)]
mod tests {
    use alloy_primitives::address;

    use super::*;

    #[test]
    fn the_devnode_account_is_that_of_its_documentation() {
        assert_eq!(
            devnode_account().map(|account| account.address),
            Some(address!("3f1Eae7D46d88F08fc2F8ed27FCb2AB183EB2d0E"))
        );
    }

    #[test]
    fn the_dev_accounts_are_those_of_the_well_known_mnemonic() {
        let addresses: Vec<Address> = dev_accounts()
            .iter()
            .map(|account| account.address)
            .collect();
        // As published by hardhat and anvil.
        assert_eq!(addresses.len(), 10);
        assert_eq!(
            addresses[0],
            address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
        );
        assert_eq!(
            addresses[1],
            address!("70997970C51812dc3A010C7d01b50e0d17dc79C8")
        );
        assert_eq!(
            addresses[2],
            address!("3C44CdDdB6a900fa2b585dd299e03d12FA4293BC")
        );
        assert_eq!(
            addresses[3],
            address!("90F79bf6EB2c4f870365E785982E1f101E93b906")
        );
        assert_eq!(
            addresses[4],
            address!("15d34AAf54267DB7D7c367839AAf71A00a2C6A65")
        );
        assert_eq!(
            addresses[5],
            address!("9965507D1a55bcC2695C58ba16FB37d819B0A4dc")
        );
        assert_eq!(
            addresses[6],
            address!("976EA74026E726554dB657fA54763abd0C3a0aa9")
        );
        assert_eq!(
            addresses[7],
            address!("14dC79964da2C08b23698B3D3cc7Ca32193d9955")
        );
        assert_eq!(
            addresses[8],
            address!("23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f")
        );
        assert_eq!(
            addresses[9],
            address!("a0Ee7A142d267C1f36714E4a8F75612F20a79720")
        );
    }
}
