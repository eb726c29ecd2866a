package pg

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// attempts bounds how often a transaction runs that others keep from being serialised.
	attempts = 5
	// rollbackTimeout bounds the farewell of a transaction whose own context has ended.
	rollbackTimeout = 5 * time.Second
)

// InTx runs do in a transaction: committed when do returns nil, rolled back otherwise, also on a panic. When PostgreSQL
// gives up on it for the sake of others (serialization failure, deadlock), it runs again from the start, a few times;
// do must therefore keep no state from a run that failed. Inside a transaction it makes a savepoint, which is not
// retried: only the outermost transaction can be.
func InTx(ctx context.Context, db DB, do func(tx pgx.Tx) error) error {
	_, nested := db.(pgx.Tx)
	for attempt := 1; ; attempt++ {
		err := once(ctx, db, do)
		if err == nil || nested || attempt == attempts || !yielded(err) {
			return err
		}
		// Jitter, so that the two that collided do not collide again.
		backoff := time.Duration(attempt) * time.Duration(5+rand.IntN(20)) * time.Millisecond
		if pause(ctx, backoff) != nil {
			return err
		}
	}
}

func once(ctx context.Context, db DB, do func(tx pgx.Tx) error) (err error) {
	tx, err := db.Begin(ctx)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	committed := false
	defer func() {
		if committed {
			return
		}
		// The connection goes back usable even when the caller's context is what ended the work.
		farewell, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
		defer cancel()
		if e := tx.Rollback(farewell); e != nil && !errors.Is(e, pgx.ErrTxClosed) && err != nil && !lost(e) {
			err = errors.Join(err, fmt.Errorf("roll back: %w", e))
		}
	}()
	if err := do(tx); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	committed = true
	return nil
}

func yielded(err error) bool {
	code := sqlState(err)
	return code == serializationFailure || code == deadlockDetected
}
