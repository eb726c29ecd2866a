package account

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/audit"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// People lists everyone with an account in the order of their ids, after a given one. Query is a part of name or address.
func (s *Store) People(ctx context.Context, query string, after int64, limit int) ([]Person, error) {
	list, err := people(ctx, s.db, `u.id > @after and (lower(u.name) like @q or u.email_key like @q)`, `u.id`, pgx.NamedArgs{
		"after": after, "limit": limit, "q": "%" + likeEscape(strings.ToLower(storable(query))) + "%",
	})
	if err != nil {
		return nil, fmt.Errorf("list people: %w", err)
	}
	return list, nil
}

// likeEscape keeps a person's % and _ literal.
func likeEscape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

// PersonChange holds what to change; nil leaves a field as it is.
type PersonChange struct {
	Name   *string
	Role   *access.Role
	Status *string // active, disabled
}

// ChangePerson changes name, role or status. Another role or status ends the person's sessions. The last active admin stays
// one: rows of admins are locked, so that two who demote each other at once do not both succeed.
func (s *Store) ChangePerson(ctx context.Context, id int64, in PersonChange) (Person, error) {
	if in.Role != nil && !in.Role.Known() {
		return Person{}, unknownRole()
	}
	if in.Status != nil && *in.Status != "active" && *in.Status != "disabled" {
		return Person{}, problem.New(problem.Invalid, "There is no such status.").
			With(problem.Fault{Path: "body.status", Code: "enum", Message: "use active or disabled"})
	}
	if in.Name != nil {
		name, bad := checkName("body.name", *in.Name)
		if err := refused("The person cannot be changed like this.", bad); err != nil {
			return Person{}, err
		}
		in.Name = &name
	}
	var after Person
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		if err := lockAdmins(ctx, tx); err != nil {
			return err
		}
		before, err := person(ctx, tx, id)
		if err != nil {
			return err
		}
		if in.Status != nil && *in.Status == "active" && before.Status != "active" {
			if err := s.takeSeat(ctx, tx, before.Mail, true); err != nil {
				return err
			}
		}
		weighty := in.Role != nil && *in.Role != before.Role || in.Status != nil && *in.Status != before.Status
		_, err = tx.Exec(ctx, `
			update users set name = coalesce(@name, name), role = coalesce(@role, role), status = coalesce(@status, status),
			       stamp = stamp + case when @weighty then 1 else 0 end, updated_at = now()
			where id = @id`, pgx.NamedArgs{"id": id, "name": in.Name, "role": in.Role, "status": in.Status, "weighty": weighty})
		if err != nil {
			return err
		}
		if err := adminLeft(ctx, tx); err != nil {
			return err
		}
		if weighty {
			if _, err := endSessions(ctx, tx, id, ""); err != nil {
				return err
			}
		}
		if after, err = person(ctx, tx, id); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{
			Action: "person.update", Subject: "person", ID: strconv.FormatInt(id, 10), Name: after.Name,
			Before: map[string]any{"name": before.Name, "role": before.Role, "status": before.Status},
			After:  map[string]any{"name": after.Name, "role": after.Role, "status": after.Status},
		})
	})
	if err != nil {
		return Person{}, fmt.Errorf("change person %d: %w", id, err)
	}
	return after, nil
}

// RemovePerson removes an account with its sessions, tokens and passkeys. What the person did stays on record.
func (s *Store) RemovePerson(ctx context.Context, id int64) error {
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		if err := lockAdmins(ctx, tx); err != nil {
			return err
		}
		before, err := person(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from users where id = @id`, pgx.NamedArgs{"id": id}); err != nil {
			return err
		}
		if err := adminLeft(ctx, tx); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{
			Action: "person.remove", Subject: "person", ID: strconv.FormatInt(id, 10), Name: before.Name,
			Before: map[string]any{"name": before.Name, "mail": before.Mail, "role": before.Role},
		})
	})
	if err != nil {
		return fmt.Errorf("remove person %d: %w", id, err)
	}
	return nil
}

func lockAdmins(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `select id from users where role = 'admin' order by id for update`)
	return err
}

func adminLeft(ctx context.Context, tx pgx.Tx) error {
	var left bool
	err := tx.QueryRow(ctx, `select exists (select from users where role = 'admin' and status = 'active')`).Scan(&left)
	if err != nil {
		return err
	}
	if !left {
		return problem.New(problem.Conflict, "This is the last admin: make someone else admin first.")
	}
	return nil
}

// Rename changes a person's own name.
func (s *Store) Rename(ctx context.Context, name string) (Person, error) {
	return s.ChangePerson(ctx, access.CallerOf(ctx).PersonID, PersonChange{Name: &name})
}
