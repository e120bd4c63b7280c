# shellcheck shell=bash
# What sosreport collects of a host, as far as segments are concerned.

report=sosreport-db1-2025-11-20
mkdir -p "$report"/{proc/sysvipc,sos_commands/{sysvipc,process,kernel,date}}
cat >"$report/proc/sysvipc/shm" <<'END'
       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      ctime                   rss                  swap
      5678          0   640                 65536  1177  2042      4   990   990   990   990 1763625601 1763625537 1763452800                  4096                     0
         0          1   640            4294967296  1177  1177      1   990   990   990   990 1763452800          0 1763452800            3221225472                     0
         0      32770   600            2147483648  1893  1893      0   990   990   990   990 1763539200 1763539260 1763539200            1073741824            1073741824
 -17976297      65539   600              67108864  1894  2051      0   991   991   991   991 1763539200 1763625550 1763539200              67108864                     0
END
cat >"$report/sos_commands/process/ps_auxwww" <<'END'
USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND
root           1  0.0  0.1 168144 13120 ?        Ss   Nov10   0:21 /sbin/init
billing     1177  0.2 39.7 4321184 3246096 ?     Sl   Nov18  12:40 billingd 0x162e 65536 sessions: 17
billing     2042  0.0  0.0   2680  1408 ?        S    Nov20   0:00 report 0 1 2
importd     2051  0.0  0.2 214780 29312 ?        Ss   Nov19   0:09 importd --watch /srv/in
END
ln -s sos_commands/process/ps_auxwww "$report/ps"
cat >"$report/proc/meminfo" <<'END'
MemTotal:        8173540 kB
MemFree:          201424 kB
MemAvailable:     611032 kB
Shmem:           4311092 kB
SwapTotal:       2097148 kB
SwapFree:        1048572 kB
END
cat >"$report/sos_commands/kernel/sysctl_-a" <<'END'
kernel.shm_rmid_forced = 0
kernel.shmall = 18446744073692774399
kernel.shmmax = 18446744073692774399
kernel.shmmni = 4096
END
echo "Thu Nov 20 09:00:01 CET 2025" >"$report/sos_commands/date/date"
tar -caf "$report.tar.xz" "$report"

section "Look"
section "Find the orphans"
section "Limits and memory"
section "Without unpacking the report"
