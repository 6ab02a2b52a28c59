//! Adds an order up, with discounts.

wit_bindgen::generate!({ world: "orders", path: "wit" });

use exports::windlass::orders::pricing::{Discount, Guest, Item, Refusal, Summary};

struct Pricing;

impl Guest for Pricing {
    fn total(items: Vec<Item>) -> Result<Summary, Refusal> {
        if items.is_empty() {
            return Err(Refusal::Empty);
        }
        if let Some(item) = items.iter().find(|item| item.sku.is_empty()) {
            return Err(Refusal::UnknownSku(item.sku.clone()));
        }
        let cost = |item: &Item| u64::from(item.qty).checked_mul(item.price);
        let sum = items.iter().try_fold(0_u64, |sum, item| sum.checked_add(cost(item)?));
        let before = sum.ok_or(Refusal::TooLarge)?;
        let discount = discount(&items, before);
        let off = match discount {
            Some(Discount::Bulk(cents) | Discount::LargeOrder(cents)) => cents,
            None => 0,
        };
        Ok(Summary {
            items: items.iter().map(|item| u64::from(item.qty)).sum(),
            cents: before - off,
            currency: std::env::var("CURRENCY").unwrap_or_else(|_| "EUR".into()),
            discount,
        })
    }
}

fn discount(items: &[Item], cents: u64) -> Option<Discount> {
    let bulk = items.iter().filter(|item| item.qty >= 10).map(|item| u64::from(item.qty) * item.price / 20).sum();
    match (bulk, cents) {
        (1.., _) => Some(Discount::Bulk(bulk)),
        (0, 100_001..) => Some(Discount::LargeOrder(cents / 50)),
        (0, _) => None,
    }
}

export!(Pricing);
