package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/audit"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// halfway is a sign-in whose first factor was right.
type halfway struct {
	Method string // how the first went: password, oidc
	Stamp  int    // of the person then; another one ends it
}

// step asks for a second factor where one is due: the answer then has a Step and no cookie.
func (s *Store) step(ctx context.Context, tx pgx.Tx, p Person, stamp int, method string) (SignedIn, error) {
	f, err := s.factors(ctx, tx, p.ID)
	if err != nil {
		return SignedIn{}, err
	}
	ways := f.second()
	if len(ways) == 0 {
		return SignedIn{}, nil
	}
	data, err := json.Marshal(halfway{method, stamp})
	if err != nil {
		return SignedIn{}, fmt.Errorf("keep a sign-in: %w", err)
	}
	id, err := s.keep(ctx, tx, "second_step", p.ID, data, ceremonyLife)
	return SignedIn{Step: id, Second: ways}, err
}

// FinishStep ends a sign-in by a one-time code or a recovery code. A wrong one may be mended; tries are slowed.
func (s *Store) FinishStep(ctx context.Context, id, code, device string) (SignedIn, error) {
	raw, user, err := s.look(ctx, "second_step", id)
	if err != nil {
		return SignedIn{}, err
	}
	var half halfway
	if err := json.Unmarshal(raw, &half); err != nil {
		return SignedIn{}, fmt.Errorf("read a sign-in: %w", err)
	}
	tries := s.codeLimits(user, s.knownDevice(device, user, half.Stamp))
	if err := s.admit(ctx, tries); err != nil {
		return SignedIn{}, err
	}
	var out SignedIn
	err = pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		p, err := person(ctx, tx, user)
		if err != nil {
			return err
		}
		var stamp int
		if err := tx.QueryRow(ctx, `select stamp from users where id = @id`, pgx.NamedArgs{"id": user}).Scan(&stamp); err != nil {
			return fmt.Errorf("read person %d: %w", user, err)
		}
		if p.Status != "active" || stamp != half.Stamp {
			return tooLate()
		}
		kind, err := s.spend(ctx, tx, user, code)
		if err != nil {
			return err
		}
		if _, err := s.take(ctx, tx, "second_step", id, user); err != nil {
			return err
		}
		if err := forgive(ctx, tx, tries); err != nil {
			return err
		}
		if out, err = s.open(ctx, tx, p, half.Method, true); err != nil || kind != "recovery" {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{
			Action: "codes.use_recovery", Subject: "person", ID: strconv.FormatInt(user, 10), Name: p.Name, Actor: p.caller(),
		})
	})
	if problem.Is(err, problem.Invalid) {
		noted := audit.Write(ctx, s.db, audit.Event{
			Action: "session.refused", Subject: "person", ID: strconv.FormatInt(user, 10), After: map[string]string{"method": "code"},
		})
		return SignedIn{}, errors.Join(err, noted)
	}
	return out, err
}

// codeLimits count codes that were tried. Whoever tries them from elsewhere knows the first factor, and still does not slow the
// person's own browser down.
func (s *Store) codeLimits(user int64, device string) []limit {
	return []limit{{s.throttleKey("code", strconv.FormatInt(user, 10), device), freeAttempts}}
}
