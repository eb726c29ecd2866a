// Package audit records who changed what, when and from where, in the transaction that makes the change. The table can
// be added to and not altered. It knows no domain: each says in its own words what it changed.
package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
)

// Event is one change, or one attempt worth remembering.
type Event struct {
	// Action is a stable word such as "product.update"; Subject and ID name the thing: "product", "17".
	Action  string
	Subject string
	ID      string
	Name    string // of the thing, as people knew it then
	Product int64  // the product that it belongs to; 0: none
	// Before and After hold the fields that changed, never a secret; nil: not there.
	Before, After any
	// Actor is who did it, where the context does not say: a person who signs in, for instance.
	Actor access.Caller
}

type trailKey struct{}

// Trail counts what the work of a context has recorded.
type Trail struct{ events atomic.Int64 }

// Events is how many were recorded.
func (t *Trail) Events() int64 { return t.events.Load() }

// WithTrail makes a context whose records are counted.
func WithTrail(ctx context.Context) (context.Context, *Trail) {
	t := &Trail{}
	return context.WithValue(ctx, trailKey{}, t), t
}

// Write records an event, in the transaction that db may be, and sends a hint of it.
func Write(ctx context.Context, db pg.DB, e Event) error {
	before, err := fields(e.Before)
	if err != nil {
		return err
	}
	after, err := fields(e.After)
	if err != nil {
		return err
	}
	actor, origin := e.Actor, access.OriginOf(ctx)
	if !actor.Known() {
		actor = access.CallerOf(ctx)
	}
	_, err = db.Exec(ctx, `
		insert into audit_events (actor_kind, actor_id, actor_name, token_id, action, subject_kind, subject_id, subject_name,
		                          product_id, before, after, address, agent, request_id)
		values (@kind, nullif(@actor, 0), @actor_name, nullif(@token, 0), @action, @subject, @id, @name, nullif(@product, 0),
		        @before, @after, @address, @agent, @request)`,
		pgx.NamedArgs{
			"kind": kind(actor, origin), "actor": actor.PersonID, "actor_name": storable(actor.Name, 200), "token": actor.TokenID,
			"action": e.Action, "subject": e.Subject, "id": storable(e.ID, 400), "name": storable(e.Name, 400), "product": e.Product,
			"before": before, "after": after, "address": origin.Address, "agent": storable(origin.Agent, 300), "request": origin.RequestID,
		})
	if err != nil {
		return fmt.Errorf("record %s: %w", e.Action, err)
	}
	if t, ok := ctx.Value(trailKey{}).(*Trail); ok {
		t.events.Add(1)
	}
	return hint(ctx, db, e)
}

func kind(actor access.Caller, origin access.Origin) string {
	switch {
	case actor.TokenID != 0:
		return "token"
	case actor.Known():
		return "person"
	case origin.RequestID != "":
		return "nobody"
	}
	return "service"
}

func fields(v any) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write the fields of an audit event: %w", err)
	}
	return raw, nil
}

// storable cuts a text to what a person needs of it and drops what PostgreSQL cannot hold.
func storable(s string, limit int) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit])
	}
	return s
}
