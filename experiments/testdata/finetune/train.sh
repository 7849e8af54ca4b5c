# train.sh speaks the exchange of training programs and trains nothing: the accuracy is a
# number that network, dataset, settings, splits and seed decide. It takes STEPS steps of
# PAUSE seconds, and keeps the last one in its checkpoint folder.
read -r request
value() { printf '%s' "$request" | sed -n 's/.*"'"$1"'":"\{0,1\}\([^",}]*\).*/\1/p'; }
folder=$(value checkpoint)
network=$(value network)
case $network in
hangs) sleep 600 ;;
garbage) echo "epoch 1 of 3" ;;
nan) echo '{"progress": {"step": 1, "loss": NaN}}' ;;
oom) kill -9 $$ ;;
fails) echo '{"error": "CUDA out of memory at batch 64"}'; exit 1 ;;
esac
steps=${STEPS:-3}
step=$(cat "$folder/step" 2>/dev/null || echo 0)
while [ "$step" -lt "$steps" ]; do
	step=$((step + 1))
	sleep "${PAUSE:-0}"
	echo "$step" >"$folder/step.part" && mv "$folder/step.part" "$folder/step"
	echo "{\"progress\": {\"step\": $step, \"steps\": $steps, \"loss\": $((steps - step))}}"
done
logits=$(value logits)
[ -z "$logits" ] || echo "$network" >"$logits"
[ -z "$COUNT" ] || echo "$network $(value name) $(value learning_rate) $(value seed)" >>"$COUNT"
sum=$(printf '%s' "$request" | sed 's/"root":"[^"]*"//; s/"images":"[^"]*"//; s/"checkpoint":"[^"]*"//; s/"logits":"[^"]*"//; s/"threads":[0-9]*//' | cksum | cut -d' ' -f1)
echo "{\"result\": {\"accuracy\": $((sum % 100)).5, \"samples\": 4, \"versions\": {\"sh\": \"1\"}}}"
