// Package live sends hints of change between processes, by PostgreSQL's NOTIFY: they say where to look, never what is
// there, and commit with the change that they are about.
package live

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Channel is the NOTIFY channel on which hints go out.
const Channel = "threatwerk_live"

// What a hint is about.
const (
	Findings = "findings"
	Feeds    = "feeds"
)

// maxReleases bounds a hint: a payload of NOTIFY holds 8,000 bytes.
const maxReleases = 50

// Hint says where to look. Releases empty means anywhere.
type Hint struct {
	Kind     string  `json:"kind"`
	Releases []int64 `json:"release_ids"`
	Feed     string  `json:"feed,omitempty"`
}

// Executor is what a hint is sent through: a transaction, so that it commits with the change.
type Executor interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// Send sends a hint. One that names more releases than a payload holds goes out without them.
func Send(ctx context.Context, db Executor, h Hint) error {
	if len(h.Releases) > maxReleases {
		h.Releases = nil
	}
	payload, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("write a hint: %w", err)
	}
	_, err = db.Exec(ctx, `select pg_notify(@channel, @payload)`, pgx.NamedArgs{"channel": Channel, "payload": string(payload)})
	if err != nil {
		return fmt.Errorf("send a hint: %w", err)
	}
	return nil
}
