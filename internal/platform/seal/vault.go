package seal

import "context"

// Vault is where a domain keeps sealed values. After ENCRYPTION_KEY was changed each is told to seal anew what the key before it
// sealed; then ENCRYPTION_KEY_PREVIOUS can go.
type Vault interface {
	// Name is what people call what lies in it: "mail that is waiting".
	Name() string
	// Reseal seals anew, batch by batch, whatever another key than the current one sealed. It may be stopped at any moment and run
	// again, also while servers read and write the same values.
	Reseal(ctx context.Context, s *Sealer) (Tally, error)
}

// Tally is what came of it.
type Tally struct {
	Resealed int
	// Unreadable values are left as they are: people enter them again.
	Unreadable int
}

// Value is a sealed value with the identity that it is bound to.
type Value struct {
	Key      string // finds its row
	Identity string
	Sealed   []byte
}

// Batch seals a batch of values anew. keys, before and after belong together and leave out what is fresh already or cannot be opened;
// writers replace only what is still as it was before.
func (s *Sealer) Batch(values []Value) (keys []string, before, after [][]byte, t Tally) {
	for _, v := range values {
		fresh, err := s.Reseal(v.Sealed, v.Identity)
		switch {
		case err != nil:
			t.Unreadable++
		case fresh != nil:
			t.Resealed++
			keys, before, after = append(keys, v.Key), append(before, v.Sealed), append(after, fresh)
		}
	}
	return keys, before, after, t
}
