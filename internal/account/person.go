package account

import (
	"context"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Person is someone with an account.
type Person struct {
	ID           int64
	Mail         string
	Name         string
	Role         access.Role
	Status       string // active, pending, disabled
	Verified     *time.Time
	LastSeen     *time.Time
	CreatedAt    time.Time
	HasPassword  bool
	SecondFactor bool // a passkey, or one-time codes
	Teams        []string
}

// caller is the person as records name them.
func (p Person) caller() access.Caller {
	return access.Caller{PersonID: p.ID, Name: p.Name, Mail: p.Mail, Role: p.Role}
}

// checkMail reads an address as a person types it.
func checkMail(path, typed string) (string, *problem.Fault) {
	typed = strings.TrimSpace(typed)
	parsed, err := mail.ParseAddress(typed)
	if err != nil || parsed.Address != typed || len(typed) > 254 || strings.ContainsAny(typed, "\x00\r\n") {
		return "", &problem.Fault{Path: path, Code: "mail", Message: "it is no mail address such as name@example.org"}
	}
	return typed, nil
}

func checkName(path, typed string) (string, *problem.Fault) {
	typed = strings.TrimSpace(strings.ReplaceAll(typed, "\x00", ""))
	if n := utf8.RuneCountInString(typed); n == 0 || n > 100 {
		return "", &problem.Fault{Path: path, Code: "length", Message: "give a name of 1 to 100 characters"}
	}
	return typed, nil
}

// people reads people; where and order are the callers' own text.
func people(ctx context.Context, db pg.DB, where, order string, args pgx.NamedArgs) ([]Person, error) {
	rows, err := db.Query(ctx, `
		select u.id, u.email, u.name, u.role, u.status, u.verified_at, u.last_seen_at, u.created_at, u.password_hash <> '',
		       exists (select from passkeys p where p.user_id = u.id)
		           or exists (select from totp_secrets t where t.user_id = u.id and t.confirmed_at is not null),
		       array(select t.name from team_members m join teams t on t.id = m.team_id where m.user_id = u.id order by t.name_key)
		from users u where `+where+` order by `+order+` limit @limit`, args)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Person, error) {
		var p Person
		err := row.Scan(&p.ID, &p.Mail, &p.Name, &p.Role, &p.Status, &p.Verified, &p.LastSeen, &p.CreatedAt, &p.HasPassword,
			&p.SecondFactor, &p.Teams)
		return p, err
	})
}

// Person reads one person.
func (s *Store) Person(ctx context.Context, id int64) (Person, error) { return person(ctx, s.db, id) }

func person(ctx context.Context, db pg.DB, id int64) (Person, error) {
	found, err := people(ctx, db, `u.id = @id`, `u.id`, pgx.NamedArgs{"id": id, "limit": 1})
	if err != nil {
		return Person{}, fmt.Errorf("read person %d: %w", id, err)
	}
	if len(found) == 0 {
		return Person{}, problem.New(problem.NotFound, "there is no person %d", id)
	}
	return found[0], nil
}
