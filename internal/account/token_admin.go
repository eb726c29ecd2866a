package account

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/audit"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// OwnedToken is a token with whose it is.
type OwnedToken struct {
	Token
	OwnerID   int64
	OwnerName string
	OwnerMail string
}

// AllTokens lists everybody's tokens, newest first, before that id (0: from the newest); live leaves out what is revoked or
// has ended.
func (s *Store) AllTokens(ctx context.Context, live bool, before int64, limit int) ([]OwnedToken, error) {
	rows, err := s.db.Query(ctx, `
		select t.id, t.name, t.hint, t.scopes, t.product_ids, t.created_at, t.expires_at, t.last_used_at, t.revoked_at, u.id, u.name, u.email
		from api_tokens t join users u on u.id = t.user_id
		where (@before = 0 or t.id < @before) and (not @live or t.revoked_at is null and t.expires_at > @now)
		order by t.id desc
		limit @limit`, pgx.NamedArgs{"before": before, "live": live, "now": s.now(), "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("list everybody's tokens: %w", pg.Problem(err))
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (OwnedToken, error) {
		var t OwnedToken
		err := row.Scan(&t.ID, &t.Name, &t.Hint, &t.Scopes, &t.ProductIDs, &t.CreatedAt, &t.ExpiresAt, &t.LastUsedAt, &t.RevokedAt,
			&t.OwnerID, &t.OwnerName, &t.OwnerMail)
		return t, err
	})
	if err != nil {
		return nil, fmt.Errorf("list everybody's tokens: %w", pg.Problem(err))
	}
	return list, nil
}

// RevokeAnyToken ends a token, whosever it is.
func (s *Store) RevokeAnyToken(ctx context.Context, id int64) error {
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		var name string
		var owner int64
		err := tx.QueryRow(ctx, `
			update api_tokens set revoked_at = coalesce(revoked_at, @now) where id = @id returning name, user_id`,
			pgx.NamedArgs{"id": id, "now": s.now()}).Scan(&name, &owner)
		if errors.Is(err, pgx.ErrNoRows) {
			return problem.New(problem.NotFound, "there is no token %d", id)
		}
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{
			Action: "token.revoke", Subject: "token", ID: strconv.FormatInt(id, 10), Name: name, After: map[string]any{"owner": owner},
		})
	})
	if err != nil {
		return fmt.Errorf("revoke a token: %w", err)
	}
	return nil
}
