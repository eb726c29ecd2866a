package account

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/audit"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Credentials are what a person signs in with.
type Credentials struct {
	Mail, Password string
	Device         string // cookie of a browser that signed in before; may be empty
}

// login is what sign-in needs of an account.
type login struct {
	id     int64
	hash   string
	status string
	stamp  int
}

// SignIn opens a session by password. An unknown account takes as long and is told the same.
func (s *Store) SignIn(ctx context.Context, in Credentials) (SignedIn, error) {
	account, err := s.login(ctx, in.Mail)
	if err != nil {
		return SignedIn{}, err
	}
	limits := s.limits(in.Mail, s.knownDevice(in.Device, account.id, account.stamp), access.OriginOf(ctx))
	if err := s.admit(ctx, limits); err != nil {
		return SignedIn{}, err
	}
	same, err := s.verify(ctx, in.Password, account.hash)
	if err != nil {
		return SignedIn{}, err
	}
	if !same || account.status == "disabled" {
		err := audit.Write(ctx, s.db, audit.Event{Action: "session.refused", Subject: "mail", ID: in.Mail, After: map[string]string{"method": "password"}})
		return SignedIn{}, errors.Join(errPassword(), err)
	}
	if account.status == "pending" {
		return SignedIn{}, problem.New(problem.Forbidden, "The address is not verified yet: use the link that was sent to it.")
	}
	var out SignedIn
	err = pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		p, err := person(ctx, tx, account.id)
		if err != nil {
			return err
		}
		if err := forgive(ctx, tx, limits); err != nil {
			return err
		}
		if out, err = s.step(ctx, tx, p, account.stamp, "password"); err != nil || out.Step != "" {
			return err
		}
		out, err = s.open(ctx, tx, p, "password", false)
		return err
	})
	return out, err
}

func (s *Store) login(ctx context.Context, mail string) (login, error) {
	var l login
	err := s.db.QueryRow(ctx, `
		select u.id, u.password_hash, u.status, u.stamp from users u where u.email_key = lower(@mail)`, pgx.NamedArgs{"mail": storable(mail)}).
		Scan(&l.id, &l.hash, &l.status, &l.stamp)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return login{}, fmt.Errorf("look an account up: %w", err)
	}
	return l, nil
}

// SignOut ends the caller's session.
func (s *Store) SignOut(ctx context.Context) error {
	who := access.CallerOf(ctx)
	return s.EndSession(ctx, who.PersonID, who.SessionID)
}

// ChangePassword replaces a person's own password and ends their other sessions.
func (s *Store) ChangePassword(ctx context.Context, current, next string) error {
	who := access.CallerOf(ctx)
	var hash string
	if err := s.db.QueryRow(ctx, `select password_hash from users where id = @id`, pgx.NamedArgs{"id": who.PersonID}).Scan(&hash); err != nil {
		return fmt.Errorf("read the password: %w", err)
	}
	if hash != "" {
		limits := []limit{{s.throttleKey("change", strconv.FormatInt(who.PersonID, 10)), freeAttempts}}
		if err := s.admit(ctx, limits); err != nil {
			return err
		}
		same, err := s.verify(ctx, current, hash)
		if err != nil {
			return err
		}
		if !same {
			return problem.New(problem.Invalid, "The password was not changed.").
				With(problem.Fault{Path: "body.current", Code: "wrong", Message: "this is not the current password"})
		}
		if err := forgive(ctx, s.db, limits); err != nil {
			return err
		}
	} else if err := s.needFresh(ctx); err != nil {
		return err // a session that was stolen must not get itself a way in that lasts
	}
	if err := refused("The password was not changed.", CheckPassword("body.password", next, who.Name, who.Mail)); err != nil {
		return err
	}
	hashed, err := s.hash(ctx, next)
	if err != nil {
		return err
	}
	return pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		if err := setPassword(ctx, tx, who.PersonID, hashed, who.SessionID); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{
			Action: "person.change_password", Subject: "person", ID: strconv.FormatInt(who.PersonID, 10), Name: who.Name,
		})
	})
}

// setPassword replaces a password and ends every session but keep, and every link that is still out.
func setPassword(ctx context.Context, tx pgx.Tx, user int64, hashed, keep string) error {
	args := pgx.NamedArgs{"id": user, "hash": hashed}
	if _, err := tx.Exec(ctx, `update users set password_hash = @hash, stamp = stamp + 1, updated_at = now() where id = @id`, args); err != nil {
		return fmt.Errorf("store the password: %w", err)
	}
	if _, err := tx.Exec(ctx, `delete from one_time_tokens where user_id = @id and kind in ('reset', 'sign_in')`, args); err != nil {
		return fmt.Errorf("end links: %w", err)
	}
	_, err := endSessions(ctx, tx, user, keep)
	return err
}
