package live

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"go.uber.org/zap"
)

const (
	// silence is how long the connection may say nothing before it is tried: a database that went without a word is noticed.
	silence = 30 * time.Second
	// reply bounds connecting and each statement.
	reply = 10 * time.Second
	// The pauses before another attempt double.
	firstPause = 200 * time.Millisecond
	lastPause  = 10 * time.Second
)

// Name is what the listening connection is called in pg_stat_activity.
const Name = "threatwerk live"

// listener hears hints on one connection of its own, beside any pool: it must neither be lent out nor be closed for idleness.
type listener struct {
	settings *pgx.ConnConfig
	log      *zap.Logger
	// heard is called with each hint, and with Everything whenever listening began: what was said before is lost.
	heard func(Hint)
	// on hears whether it listens.
	on func(bool)
}

// run listens until ctx ends.
func (l *listener) run(ctx context.Context) {
	settings := l.settings.Copy()
	settings.RuntimeParams["application_name"] = Name
	for rest := firstPause; ; rest = min(2*rest, lastPause) {
		began := time.Now()
		err := l.listen(ctx, settings)
		l.on(false)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > silence {
			rest = firstPause
		}
		// Tasks that lose the database together must not come back together.
		wait := rest/2 + rand.N(rest)
		l.log.Warn("live hints are interrupted", zap.Error(err), zap.Duration("retry_in", wait))
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

func (l *listener) listen(ctx context.Context, settings *pgx.ConnConfig) error {
	starting, cancel := context.WithTimeout(ctx, reply)
	defer cancel()
	conn, err := pgx.ConnectConfig(starting, settings)
	if err != nil {
		return fmt.Errorf("connect to listen: %w", err)
	}
	defer func() {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(ending) // it may be broken already
	}()
	if _, err := conn.Exec(starting, "listen "+Channel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	l.heard(Hint{Kind: Everything})
	l.on(true)
	for {
		note, err := l.next(ctx, conn)
		if err != nil {
			return err
		}
		var h Hint
		if note == nil || json.Unmarshal([]byte(note.Payload), &h) != nil || h.Kind == "" {
			continue // nothing, or of a version that says it otherwise
		}
		l.heard(h)
	}
}

// next waits for a notification; nil when the connection was silent and is well.
func (l *listener) next(ctx context.Context, conn *pgx.Conn) (*pgconn.Notification, error) {
	waiting, cancel := context.WithTimeout(ctx, silence)
	note, err := conn.WaitForNotification(waiting)
	quiet := waiting.Err() != nil
	cancel()
	if err == nil {
		return note, nil
	}
	if ctx.Err() != nil || !quiet {
		return nil, fmt.Errorf("wait for hints: %w", err)
	}
	trying, cancel := context.WithTimeout(ctx, reply)
	defer cancel()
	if err := conn.Ping(trying); err != nil {
		return nil, fmt.Errorf("try the listening connection: %w", err)
	}
	return nil, nil
}
