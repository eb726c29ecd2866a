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

// Registration is what a new person gives.
type Registration struct {
	Name, Mail, Password string
	Invitation           string // the secret of an invitation's link; empty: the first person, or one of an allowed domain
}

// founding is the advisory lock under which the first person is made: of any number of tasks one at a time looks whether
// there is anyone yet ("threatfi" in ASCII).
const founding int64 = 0x7468726561746669

// Claimed reports whether anyone has an account yet.
func (s *Store) Claimed(ctx context.Context) (bool, error) {
	var claimed bool
	if err := s.db.QueryRow(ctx, `select exists (select from users)`).Scan(&claimed); err != nil {
		return false, fmt.Errorf("look for accounts: %w", err)
	}
	return claimed, nil
}

// Register makes an account. The first person of all becomes admin and is signed in; so is one with an invitation. One of
// an allowed mail domain has to verify the address first: the answer, an empty SignedIn, is then the same whether the
// address has an account already or not.
func (s *Store) Register(ctx context.Context, in Registration) (SignedIn, error) {
	if in.Invitation != "" {
		invited, err := s.Invited(ctx, in.Invitation)
		if err != nil {
			return SignedIn{}, err
		}
		in.Mail = invited.Mail
	}
	name, badName := checkName("body.name", in.Name)
	mail, badMail := checkMail("body.mail", in.Mail)
	bad := refused("The account cannot be made like this.", badName, badMail, CheckPassword("body.password", in.Password, in.Name, in.Mail))
	if bad != nil {
		return SignedIn{}, bad
	}
	in.Name, in.Mail = name, mail
	if err := s.admit(ctx, []limit{{s.throttleKey("register", network(access.OriginOf(ctx).Address)), registerAttempts}}); err != nil {
		return SignedIn{}, err
	}
	hashed, err := s.hash(ctx, in.Password)
	if err != nil {
		return SignedIn{}, err
	}
	var out SignedIn
	err = pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		var err error
		switch {
		case in.Invitation != "":
			out, err = s.accept(ctx, tx, in, hashed)
		default:
			out, err = s.registerFreely(ctx, tx, in, hashed)
		}
		return err
	})
	return out, err
}

// registerAttempts is how many accounts one address may try to make before it has to wait.
const registerAttempts = 300

func (s *Store) registerFreely(ctx context.Context, tx pgx.Tx, in Registration, hashed string) (SignedIn, error) {
	first, err := becomesFirst(ctx, tx)
	if err != nil {
		return SignedIn{}, err
	}
	if first {
		p, err := s.insert(ctx, tx, in, hashed, newcomer{role: access.Admin, status: "active", founder: true})
		if err != nil {
			return SignedIn{}, err
		}
		if err := s.sendVerification(ctx, tx, p); err != nil {
			return SignedIn{}, err
		}
		return s.open(ctx, tx, p, "password", false)
	}
	settings, err := readSettings(ctx, tx)
	if err != nil {
		return SignedIn{}, err
	}
	domain := strings.ToLower(in.Mail[strings.LastIndexByte(in.Mail, '@')+1:])
	if !slices.Contains(settings.Domains, domain) || s.config.Mail == nil {
		return SignedIn{}, problem.New(problem.Forbidden, "Accounts are made by invitation: ask an admin for one.")
	}
	// Before it is known whether the address has an account, so that the answer does not say it. The seat is taken when the
	// address is verified.
	if err := s.takeSeat(ctx, tx, in.Mail, true); err != nil {
		return SignedIn{}, noSeat(err)
	}
	var known string
	err = tx.QueryRow(ctx, `select name from users where email_key = lower(@mail)`, pgx.NamedArgs{"mail": in.Mail}).Scan(&known)
	switch {
	case err == nil:
		return SignedIn{}, s.config.Mail.QueueMail(ctx, tx, Mail{
			To: in.Mail, Kind: "have_account", Name: known, Link: s.link("sign-in", ""), Expires: s.now().Add(verifyLife),
		})
	case !errors.Is(err, pgx.ErrNoRows):
		return SignedIn{}, fmt.Errorf("look an account up: %w", err)
	}
	p, err := s.insert(ctx, tx, in, hashed, newcomer{role: access.Viewer, status: "pending"})
	if err != nil {
		return SignedIn{}, err
	}
	return SignedIn{}, s.sendVerification(ctx, tx, p)
}

// becomesFirst holds the lock until the transaction ends when it says yes.
func becomesFirst(ctx context.Context, tx pgx.Tx) (bool, error) {
	var anyone bool
	for _, locked := range []bool{false, true} { // most often the first look says it all
		if locked {
			if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(@key)`, pgx.NamedArgs{"key": founding}); err != nil {
				return false, fmt.Errorf("lock the first registration: %w", err)
			}
		}
		if err := tx.QueryRow(ctx, `select exists (select from users)`).Scan(&anyone); err != nil {
			return false, fmt.Errorf("look for accounts: %w", err)
		}
		if anyone {
			return false, nil
		}
	}
	return true, nil
}

// newcomer is what the way in decides about a new person.
type newcomer struct {
	role     access.Role
	status   string
	founder  bool
	operator bool // let in by whoever holds the database, seats or not
	verified *time.Time
	teams    []int64
}

func (s *Store) insert(ctx context.Context, tx pgx.Tx, in Registration, hashed string, as newcomer) (Person, error) {
	if as.status == "active" && !as.founder && !as.operator {
		if err := s.takeSeat(ctx, tx, in.Mail, false); err != nil {
			return Person{}, noSeat(err)
		}
	}
	var id int64
	err := tx.QueryRow(ctx, `
		insert into users (email, name, password_hash, role, status, founder, verified_at)
		values (@mail, @name, @hash, @role, @status, @founder, @verified) returning id`, pgx.NamedArgs{
		"mail": in.Mail, "name": in.Name, "hash": hashed, "role": as.role, "status": as.status, "founder": as.founder, "verified": as.verified,
	}).Scan(&id)
	switch {
	case pg.IsUnique(err, "users_email_key"):
		return Person{}, problem.New(problem.Conflict, "This address has an account already: sign in, or reset the password.")
	case pg.IsUnique(err, "users_one_founder"):
		return Person{}, problem.New(problem.Forbidden, "Accounts are made by invitation: ask an admin for one.")
	case err != nil:
		return Person{}, fmt.Errorf("make an account: %w", err)
	}
	if len(as.teams) > 0 {
		_, err := tx.Exec(ctx, `
			insert into team_members (team_id, user_id) select t.id, @user from teams t where t.id = any(@teams)`,
			pgx.NamedArgs{"user": id, "teams": as.teams})
		if err != nil {
			return Person{}, fmt.Errorf("join teams: %w", err)
		}
	}
	p, err := person(ctx, tx, id)
	if err != nil {
		return Person{}, err
	}
	return p, audit.Write(ctx, tx, audit.Event{
		Action: "person.register", Subject: "person", ID: strconv.FormatInt(id, 10), Name: p.Name, Actor: p.caller(),
		After: map[string]any{"mail": p.Mail, "role": p.Role, "status": p.Status, "first": as.founder},
	})
}

// storable drops what PostgreSQL cannot hold.
func storable(s string) string { return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "") }
