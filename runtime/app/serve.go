package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/threatwerk/threatwerk/internal/matching"
	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/platform/queue"
	"github.com/threatwerk/threatwerk/internal/platform/riverx"
	"github.com/threatwerk/threatwerk/internal/sbom"
	"github.com/threatwerk/threatwerk/runtime/httpapi"
)

// shutdownTime bounds the end of the process; container platforms kill after 30 s.
const shutdownTime = 20 * time.Second

// Serve brings the schema up to date, works jobs and answers requests until ctx ends; then it accepts no more, finishes
// what runs, and hands back the jobs that it cannot finish in time.
func Serve(ctx context.Context, c config.Config, log *zap.Logger, version string) error {
	pool, err := openPool(ctx, c, databaseWait)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := Migrate(ctx, pool, c); err != nil {
		return err
	}
	client, stores, err := newWorkers(pool, log)
	if err != nil {
		return err
	}
	accounts, err := Accounts(pool, c, log)
	if err != nil {
		return err
	}
	files, err := page(c.FrontendDir, log)
	if err != nil {
		return err
	}
	handler := httpapi.New(httpapi.Services{
		Version: version, Accounts: accounts, Inventory: stores.Inventory, Findings: stores.Findings, Intel: stores.Intel,
		Explain: matching.NewExplainer(pool, stores.Intel),
		Queue:   queue.NewReader(pool), Limits: sbom.Limits{MaxBytes: c.SBOMMaxBytes},
	}, httpapi.Options{Log: log, Hosts: hosts(c.AppURL), Page: files})
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.ListenAddr)
	if err != nil {
		return fmt.Errorf("listen (LISTEN_ADDR): %w", err)
	}
	// Its end is asked for below, after the last request.
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(err, listener.Close())
	}
	log.Info("serving", zap.Stringer("address", listener.Addr()))
	return run(ctx, newServer(handler, log), listener, client, log)
}

func newServer(handler http.Handler, log *zap.Logger) *http.Server {
	errorLog, _ := zap.NewStdLogAt(log, zap.DebugLevel) // fails only for unknown levels
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: errorLog,
	}
}

// run serves until ctx ends or the listener fails, then ends server and workers side by side.
func run(ctx context.Context, server *http.Server, listener net.Listener, client *riverx.Client, log *zap.Logger) error {
	work, failed := errgroup.WithContext(ctx)
	work.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	work.Go(func() error {
		<-failed.Done()
		log.Info("stopping")
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
		defer cancel()
		var stop errgroup.Group
		stop.Go(func() error {
			if err := server.Shutdown(ending); err != nil {
				return errors.Join(fmt.Errorf("finish requests: %w", err), server.Close())
			}
			return nil
		})
		stop.Go(func() error { return client.Stop(ending) })
		return stop.Wait()
	})
	return work.Wait()
}

// hosts are the names under which people reach the server.
func hosts(appURL string) []string {
	u, err := url.Parse(appURL)
	if err != nil || u.Hostname() == "" {
		return nil
	}
	return []string{u.Hostname()}
}
