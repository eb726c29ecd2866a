package account

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Record is one event of the audit log.
type Record struct {
	ID          int64
	At          time.Time
	ActorKind   string // person, token, nobody, service
	ActorID     *int64
	ActorName   string
	TokenID     *int64
	Action      string
	SubjectKind string
	SubjectID   string
	SubjectName string
	ProductID   *int64
	Before      json.RawMessage
	After       json.RawMessage
	Address     string
	Agent       string
	RequestID   string
}

// RecordFilter narrows the audit log; zero values do not narrow.
type RecordFilter struct {
	ActorID     int64
	Action      string // whole, or with a trailing "." all that begin with it
	SubjectKind string
	SubjectID   string
	ProductID   int64
	Address     string
	From, To    time.Time // To is exclusive
	Before      int64     // keyset: only events older than this one
	Limit       int
}

// Records lists the audit log, newest first.
func (s *Store) Records(ctx context.Context, f RecordFilter) ([]Record, error) {
	where, args := f.where()
	rows, err := s.db.Query(ctx, recordColumns+` where `+where+` order by e.id desc limit @limit`, args)
	if err != nil {
		return nil, fmt.Errorf("list audit events: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Record])
	if err != nil {
		return nil, fmt.Errorf("list audit events: %w", err)
	}
	return list, nil
}

const recordColumns = `
	select e.id, e.at, e.actor_kind, e.actor_id, e.actor_name, e.token_id, e.action, e.subject_kind, e.subject_id, e.subject_name,
	       e.product_id, coalesce(e.before, 'null'), coalesce(e.after, 'null'), e.address, e.agent, e.request_id
	from audit_events e`

func (f RecordFilter) where() (string, pgx.NamedArgs) {
	where, args := `true`, pgx.NamedArgs{"limit": f.Limit}
	add := func(use bool, clause, name string, value any) {
		if use {
			where += " and " + clause
			args[name] = value
		}
	}
	add(f.ActorID != 0, `e.actor_id = @actor`, "actor", f.ActorID)
	if n := len(f.Action); n > 0 && f.Action[n-1] == '.' {
		add(true, `e.action like @action`, "action", likeEscape(storable(f.Action))+"%")
	} else {
		add(n > 0, `e.action = @action`, "action", storable(f.Action))
	}
	add(f.SubjectKind != "", `e.subject_kind = @subject`, "subject", storable(f.SubjectKind))
	add(f.SubjectID != "", `e.subject_id = @subject_id`, "subject_id", storable(f.SubjectID))
	add(f.ProductID != 0, `e.product_id = @product`, "product", f.ProductID)
	add(f.Address != "", `e.address = @address`, "address", storable(f.Address))
	add(!f.From.IsZero(), `e.at >= @from`, "from", f.From)
	add(!f.To.IsZero(), `e.at < @to`, "to", f.To)
	add(f.Before != 0, `e.id < @before`, "before", f.Before)
	return where, args
}

// exportPage is how many events an export reads at once.
const exportPage = 1000

// EachRecord gives every event of a filter to do, newest first, page by page, so that an export of any size takes no memory
// and holds no connection while the client reads.
func (s *Store) EachRecord(ctx context.Context, f RecordFilter, do func(Record) error) error {
	f.Limit = exportPage
	for {
		page, err := s.Records(ctx, f)
		if err != nil {
			return err
		}
		for _, r := range page {
			if err := do(r); err != nil {
				return err
			}
		}
		if len(page) < exportPage {
			return nil
		}
		f.Before = page[len(page)-1].ID
	}
}
