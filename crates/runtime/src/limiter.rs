//! How much memory does one instance hold, over all its memories and tables?

use wasmtime::ResourceLimiter;

/// Bytes that one table element is counted with.
const TABLE_ELEMENT: usize = 16;

/// Sums all memories and tables of a store and refuses what would exceed the limit.
#[derive(Debug)]
pub struct Limiter {
    limit: usize,
    used: usize,
    last: usize,
    peak: usize,
    refused: bool,
}

impl Limiter {
    /// A limiter of this many bytes.
    pub fn new(limit: u64) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Limiter { limit, used: 0, last: 0, peak: 0, refused: false }
    }

    /// Whether something was refused since the last [`Limiter::forget_refusal`].
    pub fn refused(&self) -> bool {
        self.refused
    }

    /// Starts a new request on the same instance.
    pub fn forget_refusal(&mut self) {
        self.refused = false;
    }

    /// The most bytes held at once.
    pub fn peak(&self) -> usize {
        self.peak
    }

    fn grow(&mut self, current: usize, desired: usize) -> bool {
        let more = desired.saturating_sub(current);
        let total = self.used.saturating_add(more);
        if total > self.limit {
            self.refused = true;
            return false;
        }
        self.used = total;
        self.last = more;
        self.peak = self.peak.max(total);
        true
    }

    fn undo(&mut self) {
        self.used = self.used.saturating_sub(std::mem::take(&mut self.last));
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.grow(current, desired))
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.undo();
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.grow(current.saturating_mul(TABLE_ELEMENT), desired.saturating_mul(TABLE_ELEMENT)))
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.undo();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_memories_and_tables_count_together() {
        let mut limiter = Limiter::new(100);
        assert!(limiter.memory_growing(0, 60, None).unwrap());
        assert!(!limiter.memory_growing(0, 60, None).unwrap());
        assert!(limiter.refused());
        assert!(limiter.table_growing(0, 2, None).unwrap());
        assert!(!limiter.table_growing(2, 3, None).unwrap());
        limiter.table_grow_failed(wasmtime::format_err!("no room")).unwrap();
        assert!(limiter.table_growing(0, 2, None).unwrap());
        assert_eq!(limiter.peak(), 92);
    }
}
