import java.io.BufferedReader;
import java.io.File;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.function.Predicate;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.FormIndex;
import org.javarosa.core.model.SelectChoice;
import org.javarosa.core.model.ValidateOutcome;
import org.javarosa.core.model.condition.EvaluationContext;
import org.javarosa.core.model.condition.IFunctionHandler;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.core.model.instance.TreeElement;
import org.javarosa.core.model.instance.TreeReference;
import org.javarosa.core.model.instance.utils.DefaultAnswerResolver;
import org.javarosa.core.reference.PrefixedRootFactory;
import org.javarosa.core.reference.Reference;
import org.javarosa.core.reference.ReferenceManager;
import org.javarosa.form.api.FormEntryController;
import org.javarosa.form.api.FormEntryModel;
import org.javarosa.form.api.FormEntryPrompt;
import org.javarosa.model.xform.XFormSerializingVisitor;
import org.javarosa.model.xform.XFormsModule;
import org.javarosa.xform.parse.XFormParser;
import org.javarosa.xform.util.XFormAnswerDataSerializer;
import org.javarosa.xpath.XPathConditional;
import org.javarosa.xpath.expr.XPathFuncExpr;

/**
 * JavaRosa answering our questions: one command a line in, one answer a line out.
 *
 * <p>Fields are separated by tabs; a backslash, a tab and a line break inside a field are written \\, \t and \n.
 * After each command the form is settled by walking through it, as a person does who turns every page.
 */
@SuppressWarnings("deprecation")
public final class Oracle {
    private static final int MOST_WALKS = 6;
    private static final int NOTHING = -1;

    private FormDef form;
    private FormEntryController controller;
    private FormEntryModel model;
    private String formXml;

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err);
        new XFormsModule().registerModule();
        Oracle oracle = new Oracle();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] fields = line.split("\t", -1);
            for (int at = 0; at < fields.length; at++) {
                fields[at] = unescaped(fields[at]);
            }
            out.println(oracle.answer(fields));
        }
    }

    private String answer(String[] fields) {
        try {
            return obeyed(fields);
        } catch (Exception | Error e) {
            return "error\t" + e.getClass().getSimpleName() + "\t" + escaped(String.valueOf(e.getMessage()));
        }
    }

    private String obeyed(String[] fields) throws Exception {
        switch (fields[0]) {
            case "form":
                return load(Path.of(fields[1]), new File(fields[2]));
            case "set":
                return set(fields[1], fields[2]);
            case "add":
                return add(fields[1]);
            case "remove":
                controller.deleteRepeat(find(fields[1], FormEntryController.EVENT_REPEAT));
                settle();
                return "ok";
            case "choices":
                return choices(fields[1]);
            case "label":
                return escaped(String.valueOf(prompt(fields[1]).getQuestionText()));
            case "hint":
                return escaped(String.valueOf(prompt(fields[1]).getHelpText()));
            case "language":
                controller.setLanguage(fields[1]);
                return "ok";
            case "state":
                List<String> leaves = new ArrayList<>();
                leaves(form.getMainInstance().getRoot(), "/" + form.getMainInstance().getRoot().getName(), leaves);
                return String.join("\t", leaves);
            case "eval":
                return evaluated(fields[1], fields[2]);
            case "validate":
                ValidateOutcome wrong = form.validate(true);
                return wrong == null ? "ok" : pathOf(wrong.failedPrompt.getReference()) + "\t" + status(wrong.outcome);
            case "finish":
                form.postProcessInstance();
                return "ok";
            case "xml":
                return escaped(xml());
            case "reopen":
                start(new XFormParser(new StringReader(formXml), new StringReader(xml())).parse(), false);
                return "ok";
            case "open":
                open(Path.of(fields[1]), new File(fields[2]), Files.readAllBytes(Path.of(fields[3])));
                return "ok";
            default:
                throw new IllegalArgumentException(fields[0]);
        }
    }

    private void read(Path xml, File media) throws Exception {
        ReferenceManager.instance().reset();
        ReferenceManager.instance().addReferenceFactory(new MediaFactory(media));
        formXml = Files.readString(xml);
    }

    private String load(Path xml, File media) throws Exception {
        read(xml, media);
        start(new XFormParser(new StringReader(formXml)).parse(), true);
        return "ok";
    }

    /** A saved instance of a form, taken up as Collect does to edit it, with the `pulldata` that Collect adds. */
    private void open(Path xml, File media, byte[] instance) throws Exception {
        read(xml, media);
        FormDef parsed = new XFormParser(new StringReader(formXml)).parse();
        parsed.getEvaluationContext().addFunctionHandler(new PullData(media));
        TreeElement root = parsed.getMainInstance().getRoot().deepCopy(true);
        root.populate(XFormParser.restoreDataModel(instance, null).getRoot(), parsed);
        parsed.getMainInstance().setRoot(root);
        start(parsed, false);
    }

    private void start(FormDef parsed, boolean isNew) {
        form = parsed;
        model = new FormEntryModel(form);
        controller = new FormEntryController(model);
        form.initialize(isNew, new InstanceInitializationFactory());
        settle();
    }

    /** Walks through the whole form until a walk changes nothing: rows of a count appear, choices are filtered. */
    private void settle() {
        String before = "";
        for (int walk = 0; walk < MOST_WALKS; walk++) {
            walk(event -> {
                if (event == FormEntryController.EVENT_QUESTION) {
                    FormEntryPrompt prompt = model.getQuestionPrompt();
                    if (prompt.getSelectChoices() != null) {
                        prompt.getAnswerValue();
                    }
                }
                return false;
            });
            List<String> leaves = new ArrayList<>();
            leaves(form.getMainInstance().getRoot(), "", leaves);
            String now = String.join("\t", leaves);
            if (now.equals(before)) {
                return;
            }
            before = now;
        }
    }

    private void walk(Predicate<Integer> ends) {
        controller.jumpToIndex(FormIndex.createBeginningOfFormIndex());
        int event = controller.stepToNextEvent();
        while (event != FormEntryController.EVENT_END_OF_FORM && !ends.test(event)) {
            event = controller.stepToNextEvent();
        }
    }

    private FormIndex find(String path, int wanted) {
        FormIndex[] found = {null};
        walk(event -> {
            if (event == wanted && pathOf(model.getFormIndex().getReference()).equals(path)) {
                found[0] = model.getFormIndex();
            }
            return found[0] != null;
        });
        if (found[0] == null) {
            throw new IllegalArgumentException("not on the way through the form: " + path);
        }
        return found[0];
    }

    private FormEntryPrompt prompt(String path) {
        return model.getQuestionPrompt(find(path, FormEntryController.EVENT_QUESTION));
    }

    private String set(String path, String text) {
        FormIndex index = find(path, FormEntryController.EVENT_QUESTION);
        TreeElement element = form.getMainInstance().resolveReference(index.getReference());
        IAnswerData data;
        try {
            data = text.isEmpty() ? null : new DefaultAnswerResolver().resolveAnswer(text, element, form);
        } catch (RuntimeException e) {
            return "type";
        }
        if (data == null && !text.isEmpty()) {
            controller.saveAnswer(index, null, true);
            settle();
            return "type";
        }
        int answered = controller.answerQuestion(index, data, true);
        if (answered != FormEntryController.ANSWER_OK) {
            controller.saveAnswer(index, data, true);
        }
        settle();
        return status(answered);
    }

    private static String status(int answered) {
        switch (answered) {
            case FormEntryController.ANSWER_OK:
                return "ok";
            case FormEntryController.ANSWER_CONSTRAINT_VIOLATED:
                return "constraint";
            default:
                return "required";
        }
    }

    /** A row at the end of a repeat; the path is that of the repeat, its place the next one. */
    private String add(String path) {
        FormIndex[] found = {null};
        walk(event -> {
            if (event == FormEntryController.EVENT_PROMPT_NEW_REPEAT) {
                String here = pathOf(model.getFormIndex().getReference());
                if (here.substring(0, here.lastIndexOf('[')).equals(path)) {
                    found[0] = model.getFormIndex();
                }
            }
            return found[0] != null;
        });
        if (found[0] == null) {
            throw new IllegalArgumentException("no row can be added at " + path);
        }
        controller.newRepeat(found[0]);
        settle();
        return "ok";
    }

    private String choices(String path) {
        FormEntryPrompt prompt = prompt(path);
        List<String> shown = new ArrayList<>();
        for (SelectChoice choice : prompt.getSelectChoices()) {
            shown.add(escaped(choice.getValue() + "=" + prompt.getSelectChoiceText(choice)));
        }
        return String.join("\t", shown);
    }

    private String evaluated(String context, String source) throws Exception {
        TreeReference reference = elementAt(form.getMainInstance().getRoot(), context).getRef();
        EvaluationContext scope = new EvaluationContext(form.getEvaluationContext(), reference);
        Object value = XPathFuncExpr.unpack(new XPathConditional(source).evalRaw(form.getMainInstance(), scope));
        String kind = value instanceof Double ? "number"
            : value instanceof Boolean ? "truth" : value instanceof Date ? "date" : "text";
        return kind + "\t" + escaped(XPathFuncExpr.toString(value));
    }

    private TreeElement elementAt(TreeElement root, String path) {
        TreeElement found = root;
        for (String step : path.substring(1).split("/")) {
            if (found == root && step.equals(root.getName())) {
                continue;
            }
            int bracket = step.indexOf('[');
            String name = bracket < 0 ? step : step.substring(0, bracket);
            int place = bracket < 0 ? 0 : Integer.parseInt(step.substring(bracket + 1, step.length() - 1)) - 1;
            found = found.getChild(name, place);
        }
        return found;
    }

    /** Path and text of every relevant leaf, `path=text`; rows are numbered from 1. */
    private void leaves(TreeElement element, String path, List<String> leaves) {
        if (!element.hasChildren()) {
            leaves.add(escaped(path + "=" + text(element)));
        }
        for (int at = 0; at < element.getNumChildren(); at++) {
            TreeElement child = element.getChildAt(at);
            if (child.isRelevant() && child.getMult() >= 0) {
                leaves(child, path + "/" + step(child), leaves);
            }
        }
    }

    private static String text(TreeElement element) {
        IAnswerData value = element.getValue();
        if (value == null) {
            return "";
        }
        return String.valueOf(new XFormAnswerDataSerializer().serializeAnswerData(value, element.getDataType()));
    }

    private static String step(TreeElement element) {
        return element.isRepeatable() ? element.getName() + "[" + (element.getMult() + 1) + "]" : element.getName();
    }

    private String pathOf(TreeReference reference) {
        StringBuilder path = new StringBuilder();
        TreeElement around = null;
        for (int level = 0; level < reference.size(); level++) {
            String name = reference.getName(level);
            int place = reference.getMultiplicity(level);
            around = level == 0 ? form.getMainInstance().getRoot() : anyChild(around, name);
            path.append('/').append(name);
            if (around.isRepeatable() && place != NOTHING) {
                path.append('[').append(place + 1).append(']');
            }
        }
        return path.toString();
    }

    /** A child of that name, be it the template of a repeat without rows. */
    private static TreeElement anyChild(TreeElement around, String name) {
        TreeElement template = around.getChild(name, TreeReference.INDEX_TEMPLATE);
        return template != null ? template : around.getChild(name, 0);
    }

    private String xml() throws Exception {
        return new String(
            new XFormSerializingVisitor().serializeInstance(form.getMainInstance(), form), StandardCharsets.UTF_8);
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r");
    }

    private static String unescaped(String text) {
        StringBuilder plain = new StringBuilder();
        for (int at = 0; at < text.length(); at++) {
            char one = text.charAt(at);
            if (one == '\\') {
                char next = text.charAt(++at);
                plain.append(next == 't' ? '\t' : next == 'n' ? '\n' : next == 'r' ? '\r' : next);
            } else {
                plain.append(one);
            }
        }
        return plain.toString();
    }

    /** pulldata(list, column, key column, key): a cell of a CSV file whose cells hold no commas. */
    private static final class PullData implements IFunctionHandler {
        private final File folder;

        PullData(File folder) {
            this.folder = folder;
        }

        @Override
        public String getName() {
            return "pulldata";
        }

        @Override
        public List<Class[]> getPrototypes() {
            return new ArrayList<>();
        }

        @Override
        public boolean rawArgs() {
            return true;
        }

        @Override
        public boolean realTime() {
            return false;
        }

        @Override
        public Object eval(Object[] arguments, EvaluationContext scope) {
            String[] asked = new String[arguments.length];
            for (int at = 0; at < asked.length; at++) {
                asked[at] = XPathFuncExpr.toString(XPathFuncExpr.unpack(arguments[at]));
            }
            try {
                List<String> lines = Files.readAllLines(folder.toPath().resolve(asked[0] + ".csv"));
                List<String> names = List.of(lines.get(0).split(",", -1));
                for (String line : lines.subList(1, lines.size())) {
                    String[] cells = line.split(",", -1);
                    if (cells[names.indexOf(asked[2])].equals(asked[3])) {
                        return cells[names.indexOf(asked[1])];
                    }
                }
                return "";
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }

    /** The files beside a form, whatever kind of `jr://` address asks for them. */
    private static final class MediaFactory extends PrefixedRootFactory {
        private final File folder;

        MediaFactory(File folder) {
            super(new String[] {"file", "file-csv", "images", "audio", "video"});
            this.folder = folder;
        }

        @Override
        protected Reference factory(String terminal, String address) {
            return new MediaFile(new File(folder, terminal.substring(terminal.lastIndexOf('/') + 1)), address);
        }
    }

    private static final class MediaFile implements Reference {
        private final File file;
        private final String address;

        MediaFile(File file, String address) {
            this.file = file;
            this.address = address;
        }

        @Override
        public boolean doesBinaryExist() {
            return file.exists();
        }

        @Override
        public InputStream getStream() throws java.io.IOException {
            return new FileInputStream(file);
        }

        @Override
        public String getURI() {
            return address;
        }

        @Override
        public String getLocalURI() {
            return file.getPath();
        }

        @Override
        public boolean isReadOnly() {
            return true;
        }

        @Override
        public OutputStream getOutputStream() {
            throw new UnsupportedOperationException("forms do not write their media");
        }

        @Override
        public void remove() {
            throw new UnsupportedOperationException("forms do not remove their media");
        }

        @Override
        public Reference[] probeAlternativeReferences() {
            return new Reference[0];
        }
    }
}
