import { readFileSync } from "node:fs"; import { execSync } from "node:child_process";
const [url, server] = process.argv.slice(2);
const png = [3,7].map((d)=>[d, readFileSync(new URL(`../examples/mnist/digits/digit-${d}-a.png`, import.meta.url))] as const);
let ok=0, wrong=0, bad: Record<string, number>={}, kills=0; const end=Date.now()+10_000;
const killer=setInterval(()=>{ try { const pids=execSync(`ps -o pid,args --ppid ${server} | grep process-entry | grep -v grep`).toString().trim().split("\n").map(l=>Number(l.trim().split(" ")[0])).filter(p=>p>0); const p=pids[Math.floor(Math.random()*pids.length)]; if(p){process.kill(p,"SIGKILL");kills++;} } catch{} },700);
await Promise.all(Array.from({length:32},async(_,i)=>{ while(Date.now()<end){ const [d,body]=png[(i+ok)%2]!; try { const r=await fetch(`${url}/predict`,{method:"POST",headers:{"content-type":"image/png"},body}); const j=await r.json() as any; if(r.status!==200) bad[`${r.status} ${j.error}`]=(bad[`${r.status} ${j.error}`]??0)+1; else if(j.digit===d) ok++; else wrong++; } catch(e){ bad[String(e)]=(bad[String(e)]??0)+1; } } }));
clearInterval(killer); console.log({ok,wrong,bad,kills});
process.exit();
