package account

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/audit"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// UnlinkSignOn parts the caller from their account at the provider of single sign-on. Another way in has to stay.
func (s *Store) UnlinkSignOn(ctx context.Context) error {
	if s.SignOnName() == "" {
		return problem.New(problem.NotFound, "There is no single sign-on here.")
	}
	who := access.CallerOf(ctx)
	return pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		args := pgx.NamedArgs{"user": who.PersonID, "issuer": s.config.SignOn.Issuer()}
		// Locked, so that the other way in is not taken away meanwhile.
		if _, err := tx.Exec(ctx, `select from users where id = @user for update`, args); err != nil {
			return fmt.Errorf("lock person %d: %w", who.PersonID, err)
		}
		f, err := s.factors(ctx, tx, who.PersonID)
		if err != nil {
			return err
		}
		if !f.SignOn {
			return problem.New(problem.NotFound, "Your account is not linked to the provider of single sign-on.")
		}
		if !f.Password && !f.Passkeys {
			return problem.New(problem.Conflict, "This is your only way to sign in: set a password or add a passkey first.")
		}
		if _, err := tx.Exec(ctx, `delete from identities where user_id = @user and issuer = @issuer`, args); err != nil {
			return fmt.Errorf("unlink an identity: %w", err)
		}
		return audit.Write(ctx, tx, audit.Event{
			Action: "identity.unlink", Subject: "person", ID: strconv.FormatInt(who.PersonID, 10), Name: who.Name,
			Before: map[string]string{"issuer": s.config.SignOn.Issuer()},
		})
	})
}
