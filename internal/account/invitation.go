package account

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/audit"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// invitationLife is how long an invitation may lie in a mailbox.
const invitationLife = 7 * 24 * time.Hour

// Invitation is a place kept for someone.
type Invitation struct {
	ID        int64
	Mail      string
	Role      access.Role
	TeamIDs   []int64
	InvitedBy string // empty: gone since
	CreatedAt time.Time
	ExpiresAt time.Time
	// Link is what to hand over; it is known when the invitation is made and never again.
	Link string
	// Sent: the link went out by mail, too.
	Sent bool
}

// NewInvitation says whom to invite.
type NewInvitation struct {
	Mail    string
	Role    access.Role
	TeamIDs []int64
}

// Invite keeps a place and makes its link. An older invitation of the same address ends.
func (s *Store) Invite(ctx context.Context, in NewInvitation) (Invitation, error) {
	mail, bad := checkMail("body.mail", in.Mail)
	if err := refused("The invitation cannot be made like this.", bad); err != nil {
		return Invitation{}, err
	}
	if !in.Role.Known() {
		return Invitation{}, unknownRole()
	}
	if in.TeamIDs == nil {
		in.TeamIDs = []int64{}
	}
	secret, now := randomText(32), s.now()
	out := Invitation{
		Mail: mail, Role: in.Role, TeamIDs: in.TeamIDs, InvitedBy: access.CallerOf(ctx).Name, CreatedAt: now,
		ExpiresAt: now.Add(invitationLife), Link: s.link("join", secret), Sent: s.config.Mail != nil,
	}
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		var known bool
		err := tx.QueryRow(ctx, `select exists (select from users where email_key = lower(@mail))`, pgx.NamedArgs{"mail": mail}).Scan(&known)
		if err != nil {
			return err
		}
		if known {
			return problem.New(problem.Conflict, "%s has an account already.", mail).
				With(problem.Fault{Path: "body.mail", Code: "exists", Message: "change the person's role or teams instead"})
		}
		if err := s.takeSeat(ctx, tx, mail, true); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `
			update invitations set revoked_at = @now where lower(email) = lower(@mail) and accepted_at is null and revoked_at is null`,
			pgx.NamedArgs{"mail": mail, "now": now}); err != nil {
			return err
		}
		err = tx.QueryRow(ctx, `
			insert into invitations (email, role, team_ids, hash, invited_by, created_at, expires_at)
			values (@mail, @role, @teams, @hash, nullif(@by, 0), @now, @end) returning id`, pgx.NamedArgs{
			"mail": mail, "role": in.Role, "teams": in.TeamIDs, "hash": digest(secret), "by": access.CallerOf(ctx).PersonID,
			"now": now, "end": out.ExpiresAt,
		}).Scan(&out.ID)
		if err != nil {
			return err
		}
		if s.config.Mail != nil {
			if err := s.config.Mail.QueueMail(ctx, tx, Mail{To: mail, Kind: "invitation", Name: out.InvitedBy, Link: out.Link, Expires: out.ExpiresAt}); err != nil {
				return err
			}
		}
		return audit.Write(ctx, tx, audit.Event{
			Action: "invitation.create", Subject: "invitation", ID: strconv.FormatInt(out.ID, 10), Name: mail,
			After: map[string]any{"mail": mail, "role": in.Role, "teams": in.TeamIDs},
		})
	})
	if err != nil {
		return Invitation{}, fmt.Errorf("invite: %w", err)
	}
	return out, nil
}

// Invitations lists the open ones, newest first.
func (s *Store) Invitations(ctx context.Context) ([]Invitation, error) {
	rows, err := s.db.Query(ctx, `
		select i.id, i.email, i.role, i.team_ids, coalesce(u.name, ''), i.created_at, i.expires_at
		from invitations i left join users u on u.id = i.invited_by
		where i.accepted_at is null and i.revoked_at is null and i.expires_at > @now
		order by i.id desc limit 1000`, pgx.NamedArgs{"now": s.now()})
	if err != nil {
		return nil, fmt.Errorf("list invitations: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Invitation, error) {
		var i Invitation
		err := row.Scan(&i.ID, &i.Mail, &i.Role, &i.TeamIDs, &i.InvitedBy, &i.CreatedAt, &i.ExpiresAt)
		return i, err
	})
	if err != nil {
		return nil, fmt.Errorf("list invitations: %w", err)
	}
	return list, nil
}

// Revoke ends an invitation.
func (s *Store) Revoke(ctx context.Context, id int64) error {
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		var mail string
		err := tx.QueryRow(ctx, `
			update invitations set revoked_at = @now where id = @id and accepted_at is null and revoked_at is null returning email`,
			pgx.NamedArgs{"id": id, "now": s.now()}).Scan(&mail)
		if errors.Is(err, pgx.ErrNoRows) {
			return problem.New(problem.NotFound, "there is no open invitation %d", id)
		}
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{Action: "invitation.revoke", Subject: "invitation", ID: strconv.FormatInt(id, 10), Name: mail})
	})
	if err != nil {
		return fmt.Errorf("revoke an invitation: %w", err)
	}
	return nil
}

func errInvitation() error {
	return problem.New(problem.NotFound, "This invitation is not valid any more: ask for a new one.")
}

// Invited is whom the secret of a link invites.
func (s *Store) Invited(ctx context.Context, secret string) (Invitation, error) {
	return s.invited(ctx, s.db, secret, "")
}

func (s *Store) invited(ctx context.Context, db pg.DB, secret, lock string) (Invitation, error) {
	var i Invitation
	err := db.QueryRow(ctx, `
		select i.id, i.email, i.role, i.team_ids, i.expires_at from invitations i
		where i.hash = @hash and i.accepted_at is null and i.revoked_at is null and i.expires_at > @now `+lock,
		pgx.NamedArgs{"hash": digest(secret), "now": s.now()}).Scan(&i.ID, &i.Mail, &i.Role, &i.TeamIDs, &i.ExpiresAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return Invitation{}, errInvitation()
	}
	if err != nil {
		return Invitation{}, fmt.Errorf("read an invitation: %w", err)
	}
	return i, nil
}

// accept makes the account that an invitation keeps. Its row is locked, so that a link serves once.
func (s *Store) accept(ctx context.Context, tx pgx.Tx, in Registration, hashed string) (SignedIn, error) {
	i, err := s.invited(ctx, tx, in.Invitation, "for update")
	if err != nil {
		return SignedIn{}, err
	}
	now := s.now()
	in.Mail = i.Mail
	// Whoever holds the link got it at the address, or from the admin who vouches for it.
	p, err := s.insert(ctx, tx, in, hashed, newcomer{role: i.Role, status: "active", verified: &now, teams: i.TeamIDs})
	if err != nil {
		return SignedIn{}, err
	}
	if _, err := tx.Exec(ctx, `update invitations set accepted_at = @now, accepted_by = @user where id = @id`,
		pgx.NamedArgs{"id": i.ID, "user": p.ID, "now": now}); err != nil {
		return SignedIn{}, fmt.Errorf("accept an invitation: %w", err)
	}
	return s.open(ctx, tx, p, "password", false)
}

func unknownRole() error {
	return problem.New(problem.Invalid, "There is no such role.").
		With(problem.Fault{Path: "body.role", Code: "enum", Message: "use admin, analyst, contributor or viewer"})
}
