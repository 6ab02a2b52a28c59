//! Rolls dice with the seed of the request.

use windlass_guest::command::Input;

fn main() {
    let input = Input::read().unwrap_or_default();
    let dice = input.param("dice").and_then(|text| text.parse().ok()).unwrap_or(1).min(100);
    let mut state = input.seed as u64;
    let rolls: Vec<String> = (0..dice).map(|_| (next(&mut state) % 6 + 1).to_string()).collect();
    println!("{}", rolls.join(" "));
}

/// SplitMix64.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
