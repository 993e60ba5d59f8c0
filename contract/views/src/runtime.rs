/// The functions of `smartsync_evm::Host` that the Stylus runtime offers.
#[macro_export]
macro_rules! runtime_functions {
    () => {
        $crate::runtime_functions! {
            div(b) rem(b) add_mod(b, modulus) mul_mod(b, modulus) pow(exponent)
        }

        fn keccak256(&mut self, data: &[u8]) -> alloy_primitives::B256 {
            alloy_primitives::keccak256(data)
        }
    };
    ($($name:ident($($operand:ident),*))*) => {
        $(
            #[cfg(target_arch = "wasm32")]
            fn $name(
                &mut self,
                a: alloy_primitives::U256,
                $($operand: alloy_primitives::U256),*
            ) -> alloy_primitives::U256 {
                $crate::smartsync_program::math::$name(a, $($operand),*)
            }
        )*
    };
}
