package account

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/audit"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Lives of links that serve once.
const (
	verifyLife = 3 * 24 * time.Hour
	resetLife  = time.Hour
	signInLife = 15 * time.Minute
)

// issue makes the secret of a link. A newer link of its kind ends the older ones.
func (s *Store) issue(ctx context.Context, tx pgx.Tx, kind string, user int64, life time.Duration) (string, error) {
	secret, now := randomText(32), s.now()
	args := pgx.NamedArgs{"hash": digest(secret), "kind": kind, "user": user, "now": now, "end": now.Add(life)}
	if _, err := tx.Exec(ctx, `
		delete from one_time_tokens where user_id = @user and kind = @kind or expires_at < @now`, args); err != nil {
		return "", fmt.Errorf("end older links: %w", err)
	}
	if _, err := tx.Exec(ctx, `
		insert into one_time_tokens (hash, kind, user_id, created_at, expires_at) values (@hash, @kind, @user, @now, @end)`, args); err != nil {
		return "", fmt.Errorf("make a link: %w", err)
	}
	return secret, nil
}

// redeem uses a link up and says whose it was.
func (s *Store) redeem(ctx context.Context, tx pgx.Tx, kind, secret string) (Person, error) {
	var user int64
	err := tx.QueryRow(ctx, `delete from one_time_tokens where hash = @hash and kind = @kind and expires_at > @now returning user_id`,
		pgx.NamedArgs{"hash": digest(secret), "kind": kind, "now": s.now()}).Scan(&user)
	if errors.Is(err, pgx.ErrNoRows) {
		return Person{}, problem.New(problem.NotFound, "This link is not valid any more: ask for a new one.")
	}
	if err != nil {
		return Person{}, fmt.Errorf("use a link: %w", err)
	}
	p, err := person(ctx, tx, user)
	if err == nil && p.Status == "disabled" {
		return Person{}, problem.New(problem.Forbidden, "This account is disabled: ask an admin.")
	}
	return p, err
}

func (s *Store) sendVerification(ctx context.Context, tx pgx.Tx, p Person) error {
	if s.config.Mail == nil {
		return nil
	}
	secret, err := s.issue(ctx, tx, "verify", p.ID, verifyLife)
	if err != nil {
		return err
	}
	return s.config.Mail.QueueMail(ctx, tx, Mail{To: p.Mail, Kind: "verify", Name: p.Name, Link: s.link("verify", secret), Expires: s.now().Add(verifyLife)})
}

// Verify takes note that a person reads the mail of their address.
func (s *Store) Verify(ctx context.Context, secret string) error {
	return pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		p, err := s.redeem(ctx, tx, "verify", secret)
		if err != nil {
			return err
		}
		if p.Status == "pending" {
			if err := s.takeSeat(ctx, tx, p.Mail, false); err != nil {
				return noSeat(err)
			}
		}
		_, err = tx.Exec(ctx, `
			update users set verified_at = @now, status = case status when 'pending' then 'active' else status end, updated_at = @now
			where id = @id`, pgx.NamedArgs{"id": p.ID, "now": s.now()})
		if err != nil {
			return fmt.Errorf("verify an address: %w", err)
		}
		return audit.Write(ctx, tx, audit.Event{
			Action: "person.verify", Subject: "person", ID: strconv.FormatInt(p.ID, 10), Name: p.Name, Actor: p.caller(),
		})
	})
}

// AskReset sends a link to set a new password. It says nothing of whether the address is known.
func (s *Store) AskReset(ctx context.Context, mail string) error {
	limits := []limit{
		{s.throttleKey("reset", strings.ToLower(strings.TrimSpace(mail))), freeAttempts}, {s.throttleKey("reset from", network(access.OriginOf(ctx).Address)), addressAttempts},
	}
	if err := s.admit(ctx, limits); err != nil {
		return err
	}
	if s.config.Mail == nil {
		return problem.New(problem.Unavailable, "This server sends no mail: ask an admin for a link.")
	}
	return pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		var id int64
		var name, address string
		err := tx.QueryRow(ctx, `select id, name, email from users where email_key = lower(@mail) and status <> 'disabled'`,
			pgx.NamedArgs{"mail": storable(mail)}).Scan(&id, &name, &address)
		if errors.Is(err, pgx.ErrNoRows) {
			return s.resetNobody(ctx, tx, mail)
		}
		if err != nil {
			return fmt.Errorf("look an account up: %w", err)
		}
		secret, err := s.issue(ctx, tx, "reset", id, resetLife)
		if err != nil {
			return err
		}
		err = s.config.Mail.QueueMail(ctx, tx, Mail{To: address, Kind: "reset", Name: name, Link: s.link("reset", secret), Expires: s.now().Add(resetLife)})
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{Action: "person.ask_reset", Subject: "person", ID: strconv.FormatInt(id, 10), Name: name})
	})
}

// resetNobody does for an address without account what is done for one that has one, writes and all, so that the time that it takes
// does not tell them apart. The letter is taken back before anybody sees it; what stays is the record of the attempt.
func (s *Store) resetNobody(ctx context.Context, tx pgx.Tx, mail string) error {
	address, bad := checkMail("body.mail", storable(mail))
	if bad == nil {
		letter, err := tx.Begin(ctx)
		if err != nil {
			return fmt.Errorf("begin a letter: %w", err)
		}
		err = s.config.Mail.QueueMail(ctx, letter, Mail{To: address, Kind: "reset", Link: s.link("reset", randomText(32)), Expires: s.now().Add(resetLife)})
		if err := errors.Join(err, letter.Rollback(ctx)); err != nil {
			return err
		}
	}
	return audit.Write(ctx, tx, audit.Event{Action: "person.ask_reset", Subject: "mail", ID: mail, After: map[string]bool{"known": false}})
}

// ResetLink makes a link for a person to set a new password, for an admin to hand over.
func (s *Store) ResetLink(ctx context.Context, user int64) (string, error) {
	return s.handOver(ctx, user, "reset", resetLife)
}

func (s *Store) handOver(ctx context.Context, user int64, kind string, life time.Duration) (string, error) {
	var secret string
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		p, err := person(ctx, tx, user)
		if err != nil {
			return err
		}
		if secret, err = s.issue(ctx, tx, kind, user, life); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{
			Action: "person." + kind + "_link", Subject: "person", ID: strconv.FormatInt(user, 10), Name: p.Name,
		})
	})
	if err != nil {
		return "", err
	}
	place := map[string]string{"reset": "reset", "sign_in": "enter"}[kind]
	return s.link(place, secret), nil
}

// Reset sets a new password by a link's secret and ends every session. The person signs in anew, with their second factor
// where they have one; the browser is known from now on, so that others' attempts at the account do not hold that up. The result is
// its cookie.
func (s *Store) Reset(ctx context.Context, secret, password string) (device string, err error) {
	owner, err := s.linkOwner(ctx, "reset", secret)
	if err != nil {
		return "", err
	}
	if err := refused("The password was not changed.", CheckPassword("body.password", password, owner.Name, owner.Mail)); err != nil {
		return "", err
	}
	hashed, err := s.hash(ctx, password)
	if err != nil {
		return "", err
	}
	err = pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		p, err := s.redeem(ctx, tx, "reset", secret)
		if err != nil {
			return err
		}
		if err := setPassword(ctx, tx, p.ID, hashed, ""); err != nil {
			return err
		}
		if device, err = s.device(ctx, tx, p.ID); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{
			Action: "person.reset_password", Subject: "person", ID: strconv.FormatInt(p.ID, 10), Name: p.Name, Actor: p.caller(),
		})
	})
	return device, err
}

// linkOwner looks whose link it is and leaves it usable: a refused password must not cost the link.
func (s *Store) linkOwner(ctx context.Context, kind, secret string) (Person, error) {
	var user int64
	err := s.db.QueryRow(ctx, `select user_id from one_time_tokens where hash = @hash and kind = @kind and expires_at > @now`,
		pgx.NamedArgs{"hash": digest(secret), "kind": kind, "now": s.now()}).Scan(&user)
	if errors.Is(err, pgx.ErrNoRows) {
		return Person{}, problem.New(problem.NotFound, "This link is not valid any more: ask for a new one.")
	}
	if err != nil {
		return Person{}, fmt.Errorf("read a link: %w", err)
	}
	return person(ctx, s.db, user)
}

// Enter signs in by an operator's link.
func (s *Store) Enter(ctx context.Context, secret string) (SignedIn, error) {
	var out SignedIn
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		p, err := s.redeem(ctx, tx, "sign_in", secret)
		if err != nil {
			return err
		}
		out, err = s.open(ctx, tx, p, "link", false)
		return err
	})
	return out, err
}

// OperatorLink makes a link that signs a person in once, for whoever holds the database: the way in on a fresh start, and
// when the last admin is locked out. The account is made, as an admin, where it is not there.
func (s *Store) OperatorLink(ctx context.Context, mail, name string) (link string, err error) {
	id, err := s.ensureAdmin(ctx, mail, name)
	if err != nil {
		return "", err
	}
	return s.handOver(ctx, id, "sign_in", signInLife)
}

// OperatorToken makes an API token for a person, for whoever holds the database.
func (s *Store) OperatorToken(ctx context.Context, mail, name string, in NewToken) (Token, error) {
	id, err := s.ensureAdmin(ctx, mail, name)
	if err != nil {
		return Token{}, err
	}
	return s.CreateToken(ctx, id, in)
}

func (s *Store) ensureAdmin(ctx context.Context, mail, name string) (int64, error) {
	mail, bad := checkMail("mail", mail)
	if err := refused("The account cannot be made like this.", bad); err != nil {
		return 0, err
	}
	var id int64
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		first, err := becomesFirst(ctx, tx)
		if err != nil {
			return err
		}
		err = tx.QueryRow(ctx, `select id from users where email_key = lower(@mail)`, pgx.NamedArgs{"mail": mail}).Scan(&id)
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		now := s.now()
		p, err := s.insert(ctx, tx, Registration{Name: name, Mail: mail}, "", newcomer{role: access.Admin, status: "active", founder: first, operator: true, verified: &now})
		id = p.ID
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("make an admin: %w", err)
	}
	return id, nil
}
