package programs

// KeepEverything makes the keeper write programs however fast they compile.
func (k *Keeper) KeepEverything() { k.least = 0 }
