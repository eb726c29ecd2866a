package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/audit"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// TokenPrefix begins every API token, so that scanners of secrets know one when they see it.
const TokenPrefix = "twk_"

// Scopes of tokens. Upload sends documents and follows them; read reads; write does what its owner may but for what needs a
// person. A token never does more than its owner.
const (
	ScopeUpload = "upload"
	ScopeRead   = "read"
	ScopeWrite  = "write"
)

// maxTokenLife bounds what nobody remembers.
const maxTokenLife = 366 * 24 * time.Hour

// Token is an API token as people see it. Secret is set when it is made and never again.
type Token struct {
	ID         int64
	Name       string
	Hint       string // its last characters
	Scopes     []string
	ProductIDs []int64 // nil: all that its owner has
	CreatedAt  time.Time
	ExpiresAt  time.Time
	LastUsedAt *time.Time // exact to a minute
	RevokedAt  *time.Time
	Secret     string
}

// NewToken says what a token is for.
type NewToken struct {
	Name       string
	Scopes     []string
	ProductIDs []int64
	Life       time.Duration
}

func (in *NewToken) check(ctx context.Context) error {
	name, bad := checkName("body.name", in.Name)
	in.Name = name
	faults := []*problem.Fault{bad}
	if len(in.Scopes) == 0 {
		faults = append(faults, &problem.Fault{Path: "body.scopes", Code: "required", Message: "choose at least one of upload, read and write"})
	}
	for _, scope := range in.Scopes {
		if scope != ScopeUpload && scope != ScopeRead && scope != ScopeWrite {
			faults = append(faults, &problem.Fault{Path: "body.scopes", Code: "enum", Message: "use upload, read and write"})
		}
	}
	if in.Life <= 0 || in.Life > maxTokenLife {
		faults = append(faults, &problem.Fault{Path: "body.expires_in_days", Code: "range", Message: "let it end after 1 to 366 days"})
	}
	for _, product := range in.ProductIDs {
		if !access.See(ctx).Has(product) {
			faults = append(faults, &problem.Fault{Path: "body.product_ids", Code: "unknown", Message: fmt.Sprintf("there is no product %d", product)})
		}
	}
	slices.Sort(in.Scopes)
	in.Scopes = slices.Compact(in.Scopes)
	return refused("The token cannot be made like this.", faults...)
}

// CreateToken makes a token for a person.
func (s *Store) CreateToken(ctx context.Context, user int64, in NewToken) (Token, error) {
	if err := in.check(ctx); err != nil {
		return Token{}, err
	}
	secret, now := TokenPrefix+randomText(32), s.now()
	t := Token{
		Name: in.Name, Hint: secret[len(secret)-4:], Scopes: in.Scopes, ProductIDs: in.ProductIDs, CreatedAt: now,
		ExpiresAt: now.Add(in.Life), Secret: secret,
	}
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `
			insert into api_tokens (user_id, name, hash, hint, scopes, product_ids, created_at, expires_at)
			values (@user, @name, @hash, @hint, @scopes, @products, @now, @end) returning id`, pgx.NamedArgs{
			"user": user, "name": t.Name, "hash": digest(secret), "hint": t.Hint, "scopes": t.Scopes, "products": t.ProductIDs,
			"now": now, "end": t.ExpiresAt,
		}).Scan(&t.ID)
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{
			Action: "token.create", Subject: "token", ID: strconv.FormatInt(t.ID, 10), Name: t.Name,
			After: map[string]any{"owner": user, "scopes": t.Scopes, "products": t.ProductIDs, "expires_at": t.ExpiresAt},
		})
	})
	if err != nil {
		return Token{}, fmt.Errorf("make a token: %w", err)
	}
	return t, nil
}

// Tokens lists a person's tokens, newest first, revoked and expired ones too.
func (s *Store) Tokens(ctx context.Context, user int64) ([]Token, error) {
	rows, err := s.db.Query(ctx, `
		select id, name, hint, scopes, product_ids, created_at, expires_at, last_used_at, revoked_at
		from api_tokens where user_id = @user order by id desc limit 500`, pgx.NamedArgs{"user": user})
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Token, error) {
		var t Token
		err := row.Scan(&t.ID, &t.Name, &t.Hint, &t.Scopes, &t.ProductIDs, &t.CreatedAt, &t.ExpiresAt, &t.LastUsedAt, &t.RevokedAt)
		return t, err
	})
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return list, nil
}

// RevokeToken ends a token of a person.
func (s *Store) RevokeToken(ctx context.Context, user, id int64) error {
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		var name string
		err := tx.QueryRow(ctx, `
			update api_tokens set revoked_at = coalesce(revoked_at, @now) where id = @id and user_id = @user returning name`,
			pgx.NamedArgs{"id": id, "user": user, "now": s.now()}).Scan(&name)
		if errors.Is(err, pgx.ErrNoRows) {
			return problem.New(problem.NotFound, "there is no token %d", id)
		}
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{Action: "token.revoke", Subject: "token", ID: strconv.FormatInt(id, 10), Name: name})
	})
	if err != nil {
		return fmt.Errorf("revoke a token: %w", err)
	}
	return nil
}

// AuthenticateToken finds who a bearer token belongs to.
func (s *Store) AuthenticateToken(ctx context.Context, secret string) (Identity, error) {
	var who Identity
	var status string
	var products *[]int64
	var used *time.Time
	var r rightsScan
	now := s.now()
	if !strings.HasPrefix(secret, TokenPrefix) || len(secret) > 100 {
		return Identity{}, errToken()
	}
	err := s.db.QueryRow(ctx, `
		select u.id, u.name, u.email, u.status, t.id, t.name, t.scopes, t.product_ids, t.last_used_at, `+rightsColumns+`
		from api_tokens t join users u on u.id = t.user_id
		where t.hash = @hash and t.revoked_at is null and t.expires_at > @now`,
		pgx.NamedArgs{"hash": digest(secret), "now": now}).Scan(append([]any{
		&who.PersonID, &who.Name, &who.Mail, &status, &who.TokenID, &who.TokenName, &who.Scopes, &products, &used,
	}, r.into()...)...)
	switch {
	case errors.Is(err, pgx.ErrNoRows), err == nil && status != "active":
		return Identity{}, errToken()
	case err != nil:
		return Identity{}, fmt.Errorf("read a token: %w", err)
	}
	who.rights, who.Role, who.limits = r.rights(), r.base, products
	if used == nil || now.Sub(*used) > seenEvery {
		if _, err := s.db.Exec(ctx, `update api_tokens set last_used_at = @now where id = @id`, pgx.NamedArgs{"id": who.TokenID, "now": now}); err != nil {
			return Identity{}, fmt.Errorf("note the use of a token: %w", err)
		}
	}
	return who, nil
}

func errToken() error {
	return problem.New(problem.Unauthenticated, "The token is not valid: it may have ended, or been revoked.")
}
