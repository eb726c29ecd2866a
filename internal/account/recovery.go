package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/audit"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Recovery codes stand in for the app when it is lost: each once. They have 120 random bits, so that one round of a plain hash
// keeps them (ASVS 5.0, 6.5.2: from 112 bits on).
const (
	recoveryCount  = 10
	recoveryBytes  = 15
	recoveryLength = recoveryBytes * 8 / 5
	recoveryGroup  = 6
)

var recoveryText = base32.StdEncoding.WithPadding(base32.NoPadding)

// RenewRecovery replaces the caller's recovery codes: those before it serve no more.
func (s *Store) RenewRecovery(ctx context.Context) ([]string, error) {
	who := access.CallerOf(ctx)
	var out []string
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		f, err := s.factors(ctx, tx, who.PersonID)
		if err != nil {
			return err
		}
		if !f.Codes {
			return problem.New(problem.Conflict, "Recovery codes come with one-time codes: set those up first.")
		}
		if out, err = newRecovery(ctx, tx, who.PersonID); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{Action: "codes.renew_recovery", Subject: "person", ID: strconv.FormatInt(who.PersonID, 10), Name: who.Name})
	})
	return out, err
}

func newRecovery(ctx context.Context, tx pgx.Tx, user int64) ([]string, error) {
	var shown []string
	var hashes [][]byte
	for range recoveryCount {
		var b [recoveryBytes]byte
		_, _ = rand.Read(b[:]) // never fails
		code := strings.ToLower(recoveryText.EncodeToString(b[:]))
		hashes = append(hashes, recoveryHash(user, code))
		var groups []string
		for i := 0; i < len(code); i += recoveryGroup {
			groups = append(groups, code[i:i+recoveryGroup])
		}
		shown = append(shown, strings.Join(groups, "-"))
	}
	args := pgx.NamedArgs{"user": user, "hashes": hashes}
	if _, err := tx.Exec(ctx, `delete from recovery_codes where user_id = @user`, args); err != nil {
		return nil, fmt.Errorf("end older recovery codes: %w", err)
	}
	if _, err := tx.Exec(ctx, `insert into recovery_codes (user_id, hash) select @user, h from unnest(@hashes::bytea[]) h`, args); err != nil {
		return nil, fmt.Errorf("keep recovery codes: %w", err)
	}
	return shown, nil
}

func (s *Store) spendRecovery(ctx context.Context, tx pgx.Tx, user int64, code string) error {
	tag, err := tx.Exec(ctx, `update recovery_codes set used_at = @now where user_id = @user and hash = @hash and used_at is null`,
		pgx.NamedArgs{"user": user, "hash": recoveryHash(user, code), "now": s.now()})
	if err != nil {
		return fmt.Errorf("use a recovery code: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return wrongCode("The code was not accepted.", "this recovery code is none of yours, or was used before")
	}
	return nil
}

// recoveryHash is of the person and the code, so that equal codes would not look alike.
func recoveryHash(user int64, code string) []byte {
	sum := sha256.Sum256([]byte(strconv.FormatInt(user, 10) + ":" + code))
	return sum[:]
}
