package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/audit"
)

// enterBySignOn signs in whom the provider names. docs/decisions/0017 argues the rules by which somebody gets an account.
func (s *Store) enterBySignOn(ctx context.Context, tx pgx.Tx, c Claims) (SignedIn, error) {
	p, err := s.known(ctx, tx, c)
	if err == nil && p.ID == 0 {
		p, err = s.recognise(ctx, tx, c)
	}
	if err != nil {
		return SignedIn{}, err
	}
	if p.Status != "active" {
		return SignedIn{}, refusal{failDisabled}
	}
	if p, err = s.followGroups(ctx, tx, p, c.Role); err != nil {
		return SignedIn{}, err
	}
	if !c.Strong {
		var stamp int
		if err := tx.QueryRow(ctx, `select stamp from users where id = @id`, pgx.NamedArgs{"id": p.ID}).Scan(&stamp); err != nil {
			return SignedIn{}, fmt.Errorf("read person %d: %w", p.ID, err)
		}
		if half, err := s.step(ctx, tx, p, stamp, "oidc"); err != nil || half.Step != "" {
			return half, err
		}
	}
	return s.open(ctx, tx, p, "oidc", c.Strong)
}

// known is whom an identity is linked to; the zero person: nobody.
func (s *Store) known(ctx context.Context, tx pgx.Tx, c Claims) (Person, error) {
	var id int64
	err := tx.QueryRow(ctx, `select user_id from identities where issuer = @issuer and subject = @subject`,
		pgx.NamedArgs{"issuer": c.Issuer, "subject": c.Subject}).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return Person{}, nil
	}
	if err != nil {
		return Person{}, fmt.Errorf("look an identity up: %w", err)
	}
	return person(ctx, tx, id)
}

// recognise links an identity that is new here to an account, by a mail address that both sides have verified, or makes one for
// somebody who was asked in.
func (s *Store) recognise(ctx context.Context, tx pgx.Tx, c Claims) (Person, error) {
	first, err := becomesFirst(ctx, tx)
	if err != nil {
		return Person{}, err
	}
	if first && c.Role != access.Admin {
		return Person{}, refusal{failUnclaimed}
	}
	mail, bad := checkMail("email", c.Mail)
	if bad != nil || !c.Verified {
		return Person{}, refusal{failUnverified}
	}
	var id int64
	var linked bool
	err = tx.QueryRow(ctx, `
		select u.id, exists (select from identities i where i.user_id = u.id and i.issuer = @issuer)
		from users u where u.email_key = lower(@mail) for update of u`,
		pgx.NamedArgs{"mail": mail, "issuer": c.Issuer}).Scan(&id, &linked)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return s.welcome(ctx, tx, c, mail, first)
	case err != nil:
		return Person{}, fmt.Errorf("look an account up: %w", err)
	}
	p, err := person(ctx, tx, id)
	switch {
	case err != nil:
		return Person{}, err
	case p.Status == "disabled":
		return Person{}, refusal{failDisabled}
	case linked: // to another identity there: the provider gave the address to somebody else since
		return Person{}, refusal{failTaken}
	case p.Status == "pending":
		// Whoever registered has not shown that the address is theirs; the provider has. Their password must not stay.
		if p, err = s.takeOver(ctx, tx, p); err != nil {
			return Person{}, err
		}
	case p.Verified == nil:
		return Person{}, refusal{failTaken}
	}
	return p, s.linkIdentity(ctx, tx, p, c)
}

// welcome makes an account for somebody who has none.
func (s *Store) welcome(ctx context.Context, tx pgx.Tx, c Claims, mail string, first bool) (Person, error) {
	now := s.now()
	as := newcomer{role: c.Role, status: "active", founder: first, verified: &now}
	var invitation int64
	err := tx.QueryRow(ctx, `
		select id, role, team_ids from invitations
		where lower(email) = lower(@mail) and accepted_at is null and revoked_at is null and expires_at > @now
		order by id desc limit 1 for update`, pgx.NamedArgs{"mail": mail, "now": now}).Scan(&invitation, &as.role, &as.teams)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return Person{}, fmt.Errorf("look an invitation up: %w", err)
	}
	if as.role == "" {
		settings, err := readSettings(ctx, tx)
		if err != nil {
			return Person{}, err
		}
		if !slices.Contains(settings.Domains, strings.ToLower(mail[strings.LastIndexByte(mail, '@')+1:])) {
			return Person{}, refusal{failNoAccount}
		}
		as.role = access.Viewer
	}
	name, bad := checkName("name", c.Name)
	if bad != nil {
		name = mail
	}
	p, err := s.insert(ctx, tx, Registration{Name: name, Mail: mail}, "", as)
	if err != nil {
		return Person{}, err
	}
	if invitation != 0 {
		if _, err := tx.Exec(ctx, `update invitations set accepted_at = @now, accepted_by = @user where id = @id`,
			pgx.NamedArgs{"id": invitation, "user": p.ID, "now": now}); err != nil {
			return Person{}, fmt.Errorf("accept an invitation: %w", err)
		}
	}
	return p, s.linkIdentity(ctx, tx, p, c)
}

// takeOver gives an account that nobody has verified to whom the provider vouches for.
func (s *Store) takeOver(ctx context.Context, tx pgx.Tx, p Person) (Person, error) {
	if err := setPassword(ctx, tx, p.ID, "", ""); err != nil {
		return Person{}, err
	}
	if _, err := tx.Exec(ctx, `delete from one_time_tokens where user_id = @id`, pgx.NamedArgs{"id": p.ID}); err != nil {
		return Person{}, fmt.Errorf("end links: %w", err)
	}
	_, err := tx.Exec(ctx, `update users set status = 'active', verified_at = @now where id = @id`, pgx.NamedArgs{"id": p.ID, "now": s.now()})
	if err != nil {
		return Person{}, fmt.Errorf("verify an address: %w", err)
	}
	return person(ctx, tx, p.ID)
}

// linkIdentity keeps who a person is at the provider.
func (s *Store) linkIdentity(ctx context.Context, tx pgx.Tx, p Person, c Claims) error {
	_, err := tx.Exec(ctx, `insert into identities (issuer, subject, user_id, created_at) values (@issuer, @subject, @user, @now)`,
		pgx.NamedArgs{"issuer": c.Issuer, "subject": c.Subject, "user": p.ID, "now": s.now()})
	if err != nil {
		return fmt.Errorf("link an identity: %w", err)
	}
	return audit.Write(ctx, tx, audit.Event{
		Action: "identity.link", Subject: "person", ID: strconv.FormatInt(p.ID, 10), Name: p.Name, Actor: p.caller(),
		After: map[string]string{"issuer": c.Issuer, "subject": c.Subject, "mail": c.Mail},
	})
}

// followGroups gives a person the role that their groups give. The last active admin stays one: nobody could mend the mapping's slip.
func (s *Store) followGroups(ctx context.Context, tx pgx.Tx, p Person, role access.Role) (Person, error) {
	if role == "" || role == p.Role {
		return p, nil
	}
	if err := lockAdmins(ctx, tx); err != nil {
		return Person{}, err
	}
	tag, err := tx.Exec(ctx, `
		update users u set role = @role, stamp = stamp + 1, updated_at = now()
		where u.id = @id and (u.role <> 'admin' or exists (select from users o where o.role = 'admin' and o.status = 'active' and o.id <> u.id))`,
		pgx.NamedArgs{"id": p.ID, "role": role})
	if err != nil {
		return Person{}, fmt.Errorf("follow the groups of person %d: %w", p.ID, err)
	}
	if tag.RowsAffected() == 0 {
		return p, nil
	}
	if _, err := endSessions(ctx, tx, p.ID, ""); err != nil {
		return Person{}, err
	}
	err = audit.Write(ctx, tx, audit.Event{
		Action: "person.update", Subject: "person", ID: strconv.FormatInt(p.ID, 10), Name: p.Name, Actor: p.caller(),
		Before: map[string]any{"role": p.Role}, After: map[string]any{"role": role, "by": "groups at the provider"},
	})
	if err != nil {
		return Person{}, err
	}
	return person(ctx, tx, p.ID)
}

// proveBySignOn notes that the provider has just asked the person of a session.
func (s *Store) proveBySignOn(ctx context.Context, tx pgx.Tx, j journey, c Claims) (string, error) {
	p, err := s.known(ctx, tx, c)
	if err != nil {
		return "", err
	}
	if p.ID != j.User {
		return "", refusal{failOther}
	}
	// A provider that does not say when it asked has proved nothing.
	if c.At.IsZero() || c.At.Before(j.Begun.Add(-askedSkew)) {
		return "", refusal{failFailed}
	}
	who := access.Caller{PersonID: j.User, SessionID: j.Session, Name: p.Name, Mail: p.Mail, Role: p.Role}
	cookie, err := s.proved(access.WithCaller(ctx, who), tx, c.Strong)
	if err != nil {
		return "", err
	}
	return cookie, s.notedProof(access.WithCaller(ctx, who), tx, who, "oidc")
}

// linkBySignOn links the identity to the person who asked for it, whatever its mail address is: they hold both.
func (s *Store) linkBySignOn(ctx context.Context, tx pgx.Tx, j journey, c Claims) error {
	held, err := s.known(ctx, tx, c)
	switch {
	case err != nil:
		return err
	case held.ID == j.User:
		return nil
	case held.ID != 0:
		return refusal{failTaken}
	}
	p, err := person(ctx, tx, j.User)
	if err != nil {
		return err
	}
	// The session may have ended meanwhile, with the right to do this.
	var alive bool
	err = tx.QueryRow(ctx, `select exists (select from sessions where id::text = @id and user_id = @user)`,
		pgx.NamedArgs{"id": j.Session, "user": j.User}).Scan(&alive)
	if err != nil {
		return fmt.Errorf("read a session: %w", err)
	}
	if !alive || p.Status != "active" {
		return refusal{failFailed}
	}
	if _, err := tx.Exec(ctx, `delete from identities where user_id = @user and issuer = @issuer`,
		pgx.NamedArgs{"user": j.User, "issuer": c.Issuer}); err != nil {
		return fmt.Errorf("unlink an identity: %w", err)
	}
	return s.linkIdentity(ctx, tx, p, c)
}
