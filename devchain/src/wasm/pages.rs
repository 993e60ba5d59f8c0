//! What WASM memory costs: a price per open page, and an exponential term on the most ever open.

use super::params::StylusParams;

/// WASM pages (64 KiB) of all programs in one transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pages {
    /// Open now, over all frames.
    pub open: u16,
    /// The most that were ever open.
    pub ever: u16,
}

impl Pages {
    /// Opens `new` pages.
    pub fn enter(&mut self, new: u16) {
        self.open = self.open.saturating_add(new);
        self.ever = self.ever.max(self.open);
    }

    /// Gas for opening `new` more pages; `u64::MAX` beyond the page limit.
    pub fn gas(&self, new: u16, params: &StylusParams) -> u64 {
        let open = self.open.saturating_add(new);
        let ever = self.ever.max(open);
        // A limit of zero is none.
        if params.pages_capped && params.page_limit > 0 && open > params.page_limit {
            return u64::MAX;
        }
        if ever <= params.free_pages {
            return 0;
        }
        let paid = |pages: u16| pages.saturating_sub(params.free_pages);
        let adding = paid(open).saturating_sub(paid(self.open));
        let linear = u64::from(adding).saturating_mul(u64::from(params.page_gas));
        linear.saturating_add(ramp(ever).saturating_sub(ramp(self.ever)))
    }
}

/// The exponential term: gas that `pages` pages cost in all, beside the linear price.
fn ramp(pages: u16) -> u64 {
    RAMP.get(usize::from(pages))
        .map_or(u64::MAX, |gas| u64::from(*gas))
}

/// `floor(31,874,000 ^ (pages / 128))`, so that 128 pages cost 32 million gas in all; the last entry is one less, as the
/// chain has it.
#[rustfmt::skip]
const RAMP: [u32; 129] = [
    1, 1, 1, 1, 1, 1, 2, 2, 2, 3,
    3, 4, 5, 5, 6, 7, 8, 9, 11, 12,
    14, 17, 19, 22, 25, 29, 33, 38, 43, 50,
    57, 65, 75, 85, 98, 112, 128, 147, 168, 193,
    221, 253, 289, 331, 379, 434, 497, 569, 651, 745,
    853, 976, 1_117, 1_279, 1_463, 1_675, 1_917, 2_194, 2_511, 2_874,
    3_290, 3_765, 4_309, 4_932, 5_645, 6_461, 7_395, 8_464, 9_687, 11_087,
    12_689, 14_523, 16_621, 19_024, 21_773, 24_919, 28_521, 32_642, 37_359, 42_758,
    48_938, 56_010, 64_104, 73_368, 83_971, 96_106, 109_994, 125_890, 144_082, 164_904,
    188_735, 216_010, 247_226, 282_953, 323_844, 370_643, 424_206, 485_509, 555_672, 635_973,
    727_880, 833_067, 953_456, 1_091_243, 1_248_941, 1_429_429, 1_636_000, 1_872_423, 2_143_012, 2_452_704,
    2_807_151, 3_212_820, 3_677_113, 4_208_502, 4_816_684, 5_512_756, 6_309_419, 7_221_210, 8_264_766, 9_459_129,
    10_826_093, 12_390_601, 14_181_199, 16_230_562, 18_576_084, 21_260_563, 24_332_984, 27_849_408, 31_873_999,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arbos::ArbOs;

    #[test]
    fn the_ramp_is_an_exponential_through_32_million_gas() {
        for (pages, gas) in RAMP.iter().enumerate().take(128) {
            let exact = 31_874_000f64.powf(pages as f64 / 128.0);
            assert_eq!(*gas, exact as u32, "{pages} pages");
        }
        // 126 of 128 pages are paid for: 126,000 gas; together all but one of 32 million
        assert_eq!(u64::from(RAMP[128]) + 126_000, 32_000_000 - 1);
    }

    #[test]
    fn no_more_pages_are_opened_than_the_limit_where_calls_keep_to_it() {
        let open = Pages { open: 1, ever: 1 };
        let capped = StylusParams {
            page_limit: 2,
            ..StylusParams::default()
        };
        assert_eq!(open.gas(1, &capped), 0);
        assert_eq!(open.gas(2, &capped), u64::MAX);
        // One more than the free ones: 1,000 gas, and the ramp is flat here.
        let old = capped.on(ArbOs::V51);
        assert_eq!(open.gas(2, &old), 1_000);
        let unlimited = StylusParams {
            page_limit: 0,
            ..StylusParams::default()
        };
        assert_eq!(open.gas(2, &unlimited), 1_000);
    }

    #[test]
    fn pages_that_were_open_before_pay_the_linear_price_only() {
        let params = StylusParams::default();
        let fresh = Pages { open: 40, ever: 40 };
        let reopened = Pages { open: 40, ever: 60 };
        assert_eq!(fresh.gas(20, &params), 20_000 + 3_290 - 221);
        assert_eq!(reopened.gas(20, &params), 20_000);
    }
}
