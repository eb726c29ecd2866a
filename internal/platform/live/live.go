// Package live carries hints of change from any process to the pages that people have open: between processes by
// PostgreSQL's NOTIFY, within one through a Hub. A hint says where to look, never what is there, and commits with the
// change that it is about.
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
	// Findings: findings were opened, changed or resolved.
	Findings = "findings"
	// Products: a product, a release or a document of theirs was made, changed or removed.
	Products = "products"
	// Feeds: a poll of a feed ended.
	Feeds = "feeds"
	// Access: a session ended, or somebody's rights changed. It stays within the server, which looks at its clients' rights anew.
	Access = "access"
	// Everything: hints may have been lost, so all that is shown is to be fetched again.
	Everything = "everything"
)

const (
	// maxPlaces and maxProducts bound a hint: a payload of NOTIFY holds 8,000 bytes, an id at most 19 of them.
	maxPlaces   = 50
	maxProducts = 300
)

// Place is a product, or a release of it. Release 0: the product as a whole.
type Place struct {
	Product int64 `json:"p"`
	Release int64 `json:"r,omitempty"`
}

// Hint says where to look. Without places: anywhere.
type Hint struct {
	Kind   string  `json:"kind"`
	Places []Place `json:"places,omitempty"`
	Feed   string  `json:"feed,omitempty"`
}

// Executor is what a hint is sent through: a transaction, so that it commits with the change.
type Executor interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// Send sends a hint. One of more places than a payload holds names their products alone, and of more products none.
func Send(ctx context.Context, db Executor, h Hint) error {
	h.Places = fitting(h.Places)
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

func fitting(places []Place) []Place {
	if len(places) <= maxPlaces {
		return places
	}
	seen := map[int64]bool{}
	products := make([]Place, 0, maxProducts)
	for _, p := range places {
		if seen[p.Product] {
			continue
		}
		if len(products) == maxProducts {
			return nil
		}
		seen[p.Product] = true
		products = append(products, Place{Product: p.Product})
	}
	return products
}
