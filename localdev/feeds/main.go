// Command feeds serves the APIs of all intel feeds in their real shapes, from a folder of data and without internet:
// NVD below /nvd, GitHub's advisories below /ghsa, OTX below /otx, OSV's bucket below /osv, KEV, EPSS and the CVE List
// below /kev, /epss and /cve. Faults, new records and counts are at /control (see the simulator package).
//
//	go run ./localdev/feeds -data DIR -listen 127.0.0.1:8090
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/threatwerk/threatwerk/localdev/feeds/simulator"
)

func main() {
	data := flag.String("data", "", "folder of records: advisories, nvd, kev, epss, cve, otx below it")
	listen := flag.String("listen", "127.0.0.1:8090", "address to serve on")
	nvd := flag.Int("nvd-records", 0, "number of made-up records of NVD besides those of the folder")
	samples := flag.String("samples", "", "folder of single records: osv/*.json and kev.json, as localdev/demo/intel")
	limits := flag.Bool("limits", false, "keep the services' real rate limits")
	flag.Parse()
	if err := serve(*data, *samples, *listen, *nvd, *limits); err != nil {
		fmt.Fprintln(os.Stderr, "feeds:", err)
		os.Exit(1)
	}
}

func serve(data, samples, listen string, nvd int, limits bool) error {
	feeds, err := simulator.New(simulator.Config{Data: data, Now: time.Now, NVD: nvd, Limits: limits})
	if err == nil {
		err = feeds.Open()
	}
	if err == nil && samples != "" {
		_, err = feeds.Samples(samples)
	}
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server := &http.Server{Addr: listen, Handler: feeds, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.ListenAndServe() }()
	fmt.Printf("feeds: serving on http://%s, control at http://%s/control\n", listen, listen)
	select {
	case err := <-ended:
		return fmt.Errorf("serve on %s: %w", listen, err)
	case <-ctx.Done():
	}
	// A request held by a fault would hold the end back, so there is no grace.
	if err := server.Close(); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("stop serving: %w", err)
	}
	return nil
}
