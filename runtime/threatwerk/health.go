package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/threatwerk/threatwerk/internal/platform/config"
)

// healthTime bounds the question; container engines ask again soon.
const healthTime = 4 * time.Second

func healthCommand() *cobra.Command {
	return &cobra.Command{
		Use: "health", Short: "Ask the server of this machine whether it serves", Args: takes("no arguments", 0, 0),
		Long: `health asks the server that listens on LISTEN_ADDR of this machine and prints its version. Container engines call it:
exit status 0 when it serves, 2 when not.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, err := config.Parse(os.Environ())
			if err != nil {
				return err
			}
			version, err := askHealth(cmd.Context(), settings.ListenAddr)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "serving, version", version)
			return err
		},
	}
}

// askHealth asks the server behind a listen address. One that listens everywhere is asked on the loopback address.
func askHealth(ctx context.Context, listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", fmt.Errorf("LISTEN_ADDR: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, healthTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/health", nil)
	if err != nil {
		return "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", fmt.Errorf("the server does not answer: %w", err)
	}
	defer res.Body.Close()
	var said struct{ Status, Version string }
	if err := json.NewDecoder(http.MaxBytesReader(nil, res.Body, 1<<16)).Decode(&said); err != nil || res.StatusCode != http.StatusOK || said.Status != "ok" {
		return "", fmt.Errorf("the server answers %s and not that it serves", res.Status)
	}
	return said.Version, nil
}
